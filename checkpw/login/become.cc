// SPDX-License-Identifier: ISC
// Runs as root: gives root up.
#include "checkpw/login/become.h"

#include <grp.h>
#include <unistd.h>

#include <vector>

#include "lib/process/environment.h"
#include "lib/process/privileges.h"

namespace checkpw {
namespace {

constexpr int kMostGroups = 65536;  // Linux's limit, NGROUPS_MAX

// Not initgroups(3), because musl's stops after 32 groups.
lib::Result<std::vector<gid_t>> groups_of(const char* login,
                                          const Account& account) {
  if (!account.has_system_groups) return std::vector<gid_t>{*account.gid};
  std::vector<gid_t> groups(64);
  for (;;) {
    int count = static_cast<int>(groups.size());
    if (getgrouplist(login, *account.gid, groups.data(), &count) >= 0) {
      groups.resize(static_cast<size_t>(count));
      return groups;
    }
    if (groups.size() >= kMostGroups)
      return lib::Error::from_errno("read the groups");
    groups.resize(groups.size() * 4);
  }
}

}  // namespace

lib::Status become_account(const char* login, const Account& account,
                           const lib::Log& log) {
  std::vector<gid_t> groups;
  if (geteuid() == 0) {
    auto found = groups_of(login, account);
    if (!found.ok()) return found.error();
    groups = std::move(found.value());
    if (std::erase(groups, 0U) != 0)
      lib::LogLine(log, "group", lib::Log::Level::Warning)
          .field("file", "/etc/group")
          .number("without", 0)
          .field("user", login);
  }
  return lib::become(*account.uid, *account.gid, groups);
}

lib::Status enter_home(const char* login, const Account& account,
                       bool export_ids) {
  if (chdir(account.home.c_str()) != 0)
    return lib::Error::from_errno("change to the home directory",
                                  account.home.c_str());
  lib::set_variable("USER", login);
  lib::set_variable("LOGNAME", login);
  if (!account.vpopmail_user.empty()) {  // as vchkpw sets them
    lib::set_variable("USER", account.vpopmail_user);
    lib::set_variable("VPOPUSER", login);
  }
  lib::set_variable("HOME", account.home);
  lib::set_variable("SHELL", account.shell.empty() ? "/bin/sh" : account.shell);
  if (!account.maildir.empty()) lib::set_variable("MAILDIR", account.maildir);
  if (export_ids) {
    lib::set_variable("UID", *account.uid);
    lib::set_variable("GID", *account.gid);
  }
  return {};
}

}  // namespace checkpw
