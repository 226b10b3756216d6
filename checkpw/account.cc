// SPDX-License-Identifier: ISC
// Runs as root: reads the stores.
#include "checkpw/account.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "checkpw/line_reader.h"
#include "checkpw/passwd_file.h"
#include "lib/unique_fd.h"

namespace checkpw {
namespace {

// O_NONBLOCK: a FIFO in the file's place must not hold the login.
lib::Result<lib::UniqueFd> open_regular(const char* path) {
  lib::UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) return lib::Error::from_errno("open the passwd-file");
  struct stat status {};
  if (fstat(fd.get(), &status) != 0)
    return lib::Error::from_errno("examine the passwd-file");
  if (!S_ISREG(status.st_mode))
    return lib::Error{"read the passwd-file: not a regular file", 0};
  return fd;
}

// Large enough for every passwd and group entry that is no attack.
constexpr size_t kNameBuffer = 65536;

lib::Status settle_uid(Account& account) {
  std::vector<char> buffer(kNameBuffer);
  passwd entry{};
  passwd* found = nullptr;
  const int failed = getpwnam_r(account.uid_name.c_str(), &entry, buffer.data(),
                                buffer.size(), &found);
  if (found == nullptr) return lib::Error{"find the account's user", failed};
  account.uid = entry.pw_uid;
  return {};
}

lib::Status settle_gid(Account& account) {
  std::vector<char> buffer(kNameBuffer);
  group entry{};
  group* found = nullptr;
  const int failed = getgrnam_r(account.gid_name.c_str(), &entry, buffer.data(),
                                buffer.size(), &found);
  if (found == nullptr) return lib::Error{"find the account's group", failed};
  account.gid = entry.gr_gid;
  return {};
}

}  // namespace

void Lookup::offer_dummy(std::string_view candidate) {
  if (dummy.empty() && is_hash(candidate)) dummy << candidate;
}

lib::Status look_up(std::span<const Store> stores, const char* login,
                    const lib::Log& log, Lookup& into) {
  for (const Store& store : stores) {
    const lib::Status status = store.kind == Store::Kind::System
                                   ? look_up_system(login, into)
                                   : look_up_file(store.path, login, log, into);
    if (!status.ok()) return status;
  }
  return {};
}

lib::Status look_up_file(const char* path, std::string_view login,
                         const lib::Log& log, Lookup& into) {
  const auto file = open_regular(path);
  if (!file.ok()) {
    lib::LogLine(log, "unreadable", lib::Log::Level::Error).field("file", path);
    return file.error();
  }
  LineReader lines(file.value().get());
  PasswdScan scan(login, into);
  std::string_view line;
  for (;;) {
    const LineReader::Got got = lines.next(line);
    if (got == LineReader::Got::Failed)
      return lib::Error::from_errno("read the passwd-file");
    if (got == LineReader::Got::End) return {};
    scan.show(line, got == LineReader::Got::Line);
    if (scan.state() != PasswdScan::State::Damaged) continue;
    lib::LogLine(log, "damaged", lib::Log::Level::Error)
        .field("file", path)
        .number("line", lines.number())
        .field("field", scan.reason());
    return lib::Error{"use this account's line of the passwd-file", 0};
  }
}

lib::Status settle_ids(Account& account) {
  const bool root = geteuid() == 0;
  if (!account.uid_name.empty()) {
    const lib::Status status = settle_uid(account);
    if (!status.ok()) return status;
  }
  if (!account.gid_name.empty()) {
    const lib::Status status = settle_gid(account);
    if (!status.ok()) return status;
  }
  if (root && (!account.uid || !account.gid))
    return lib::Error{"use an account without uid or gid as root", 0};
  if (!account.uid) account.uid = geteuid();
  if (!account.gid) account.gid = getegid();
  return {};
}

}  // namespace checkpw
