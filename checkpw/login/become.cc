// SPDX-License-Identifier: ISC
// Runs as root: sheds it.
#include "checkpw/login/become.h"

#include <grp.h>
#include <unistd.h>

#include <vector>

#include "lib/process/environment.h"
#include "lib/process/privileges.h"

namespace checkpw {
namespace {

// What Linux allows at most (NGROUPS_MAX).
constexpr int kMostGroups = 65536;

// initgroups would do, but musl's stops at 32 groups.
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

void leave_root_out(const char* login, std::vector<gid_t>& groups,
                    const lib::Log& log) {
  if (std::erase(groups, 0U) == 0) return;
  lib::LogLine(log, "group", lib::Log::Level::Warning)
      .field("file", "/etc/group")
      .number("without", 0)
      .field("user", login);
}

void export_account(const char* login, const Account& account,
                    bool export_ids) {
  const std::string_view shell =
      account.shell.empty() ? "/bin/sh" : std::string_view(account.shell);
  // As vchkpw: USER is the name in the domain, VPOPUSER what was typed.
  const bool vpopmail = !account.vpopmail_user.empty();
  const std::string_view user =
      vpopmail ? std::string_view(account.vpopmail_user) : login;
  lib::set_variable("USER", user);
  lib::set_variable("LOGNAME", login);
  if (vpopmail) lib::set_variable("VPOPUSER", login);
  lib::set_variable("HOME", account.home);
  lib::set_variable("SHELL", shell);
  if (!account.maildir.empty()) lib::set_variable("MAILDIR", account.maildir);
  if (!export_ids) return;
  lib::set_variable("UID", *account.uid);
  lib::set_variable("GID", *account.gid);
}

}  // namespace

lib::Status become_account(const char* login, const Account& account,
                           const lib::Log& log) {
  std::vector<gid_t> groups;
  if (geteuid() == 0) {
    auto found = groups_of(login, account);
    if (!found.ok()) return found.error();
    groups = std::move(found.value());
    leave_root_out(login, groups, log);
  }
  return lib::become(*account.uid, *account.gid, groups);
}

lib::Status enter_home(const char* login, const Account& account,
                       bool export_ids) {
  if (chdir(account.home.c_str()) != 0)
    return lib::Error::from_errno("change to the home directory",
                                  account.home.c_str());
  export_account(login, account, export_ids);
  return {};
}

}  // namespace checkpw
