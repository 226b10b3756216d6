// SPDX-License-Identifier: ISC
// Runs as root: sheds it.
#include "lib/privileges.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace lib {
namespace {

bool uid_of_root_is_gone() {
  uid_t real = 0;
  uid_t effective = 0;
  uid_t saved = 0;
  if (getresuid(&real, &effective, &saved) != 0) return false;
  if (real == 0 || effective == 0 || saved == 0) return false;
  return setuid(0) != 0 && seteuid(0) != 0;
}

bool gid_of_root_is_gone() {
  gid_t real = 0;
  gid_t effective = 0;
  gid_t saved = 0;
  if (getresgid(&real, &effective, &saved) != 0) return false;
  if (real == 0 || effective == 0 || saved == 0) return false;
  return setgid(0) != 0 && setegid(0) != 0;
}

}  // namespace

Status become(uid_t uid, gid_t gid, std::span<const gid_t> groups) {
  if (uid == 0) return Error{"run as root", EPERM};
  if (gid == 0 || std::ranges::find(groups, 0U) != groups.end())
    return Error{"run in root's group", EPERM};
  if (geteuid() != 0) {
    if (geteuid() == uid && getuid() == uid && getegid() == gid) return {};
    return Error{"change user without being root", EPERM};
  }
  if (setgroups(groups.size(), groups.data()) != 0)
    return Error::from_errno("set supplementary groups");
  if (setresgid(gid, gid, gid) != 0) return Error::from_errno("set gid");
  if (setresuid(uid, uid, uid) != 0) return Error::from_errno("set uid");
  if (!root_is_gone() || getuid() != uid || getgid() != gid)
    return Error{"shed root", EPERM};
  return {};
}

bool root_is_gone() {
  return uid_of_root_is_gone() && gid_of_root_is_gone();
}

void forbid_dumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace lib
