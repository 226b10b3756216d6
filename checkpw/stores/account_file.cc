// SPDX-License-Identifier: ISC
// Runs as root: reads passwd-files and their compiled form.
#include "checkpw/cdb/cdb_file.h"
#include "checkpw/stores/account.h"
#include "checkpw/stores/cdb_store.h"
#include "checkpw/stores/passwd_file.h"
#include "lib/io/line_reader.h"

namespace checkpw {
namespace {

lib::Status look_up_text(const char* path, std::string_view login,
                         const lib::Log& log, Lookup& into) {
  const auto file = open_store(path);
  if (!file.ok()) return log_unreadable(path, file.error(), log);
  lib::LineBuffer buffer;
  lib::LineReader lines(file.value().fd.get(), buffer);
  PasswdScan scan(login, into);
  std::string_view line;
  for (;;) {
    const lib::LineReader::Got got = lines.next(line);
    if (got == lib::LineReader::Got::Failed)
      return log_unreadable(
          path, lib::Error::from_errno("read the passwd-file"), log);
    if (got == lib::LineReader::Got::End) break;
    scan.show(line, got == lib::LineReader::Got::Line);
  }
  if (scan.state() != PasswdScan::State::Damaged) return {};
  into.found = true;
  return log_damaged({.file = path,
                      .line = scan.line(),
                      .field = scan.reason(),
                      .scheme = into.account.damaged_scheme},
                     login, log);
}

}  // namespace

lib::Status look_up_file(const char* path, std::string_view login,
                         const lib::Log& log, Lookup& into) {
  if (!std::string_view(path).ends_with(kCdbSuffix))
    return look_up_text(path, login, log, into);
  const auto made = look_up_record(
      {.path = path, .key = login, .parse = parse_account}, login, log, into);
  return made.ok() ? lib::Status() : made.error();
}

lib::Status look_up_system_users(const char* path, const char* login,
                                 const lib::Log& log, Lookup& into) {
  const bool known = into.found;
  lib::Status status = look_up_file(path, login, log, into);
  if (!status.ok()) return status;
  const bool ours = into.found && !known;
  Lookup system;
  status = add_system_account(login, ours, log, into, system);
  if (status.ok() && ours)
    into.account.locked = system.account.kind == SecretKind::Locked;
  return status;
}

}  // namespace checkpw
