// SPDX-License-Identifier: ISC
// Runs as root: reads passwd-files and their compiled form.
#include "checkpw/account.h"
#include "checkpw/cdb_file.h"
#include "checkpw/cdb_store.h"
#include "checkpw/line_reader.h"
#include "checkpw/passwd_file.h"

namespace checkpw {
namespace {

[[gnu::noinline]] void log_damaged(const lib::Log& log, const char* path,
                                   size_t line, const char* field) {
  lib::LogLine(log, "damaged", lib::Log::Level::Error)
      .field("file", path)
      .number("line", line)
      .field("field", field);
}

lib::Status look_up_text(const char* path, std::string_view login,
                         const lib::Log& log, Lookup& into) {
  const auto file = open_store(path);
  if (!file.ok()) return say_unreadable(path, file.error(), log);
  LineReader lines(file.value().fd.get());
  PasswdScan scan(login, into);
  std::string_view line;
  for (;;) {
    const LineReader::Got got = lines.next(line);
    if (got == LineReader::Got::Failed)
      return lib::Error::from_errno("read the passwd-file");
    if (got == LineReader::Got::End) return {};
    scan.show(line, got == LineReader::Got::Line);
    if (scan.state() != PasswdScan::State::Damaged) continue;
    log_damaged(log, path, lines.number(), scan.reason());
    return lib::Error{"use this account's line of the passwd-file", 0};
  }
}

lib::Status look_up_cdb(const char* path, std::string_view login,
                        const lib::Log& log, Lookup& into) {
  const auto made = look_up_record(path, 0, login, parse_account, log, into);
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
  status = look_up_system(login, system);
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
