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
  lib::LineReader lines(file.value().fd.get());
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
  return log_damaged(
      {.file = path, .line = scan.line(), .field = scan.reason()}, login, log);
}

lib::Status look_up_cdb(const char* path, std::string_view login,
                        const lib::Log& log, Lookup& into) {
  const auto made = look_up_record(
      {.path = path, .key = login, .parse = parse_account}, login, log, into);
  return made.ok() ? lib::Status() : made.error();
}

}  // namespace

lib::Status look_up_file(const char* path, std::string_view login,
                         const lib::Log& log, Lookup& into) {
  return std::string_view(path).ends_with(kCdbSuffix)
             ? look_up_cdb(path, login, log, into)
             : look_up_text(path, login, log, into);
}

// The system is asked for every login, so that all cost alike.
lib::Status look_up_system_users(const char* path, const char* login,
                                 const lib::Log& log, Lookup& into) {
  const bool known = into.found;
  lib::Status status = look_up_file(path, login, log, into);
  if (!status.ok()) return status;
  Lookup system;
  system.found = known || !into.found;  // its account does not matter then
  status = look_up_system(login, log, system);
  if (!status.ok()) return status;
  into.offer_dummy(system.dummy.view());
  if (known || !into.found) return {};
  into.account.locked = system.account.kind == SecretKind::Locked;
  into.account.expired = system.account.expired;
  into.account.system_uid = system.account.uid;
  into.account.system_gid = system.account.gid;
  return {};
}

}  // namespace checkpw
