// SPDX-License-Identifier: ISC
// Runs as root: gives it up.
#include "lib/process/privileges.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace lib {
namespace {

// The plain system calls change the calling thread only, but our programs have
// no other; a thread that a foreign PAM or NSS module made ends at the exec
// that follows.  The C library's functions change all threads, for which musl
// makes 30 more system calls in a login (of 313; 6 us of 587 of processor
// time).  On 32-bit machines the numbers without 32 are calls with 16-bit ids.
#ifdef SYS_setresuid32
constexpr long kSetGroups = SYS_setgroups32;
constexpr long kSetGids = SYS_setresgid32;
constexpr long kSetUids = SYS_setresuid32;
constexpr long kGetGroups = SYS_getgroups32;
#else
constexpr long kSetGroups = SYS_setgroups;
constexpr long kSetGids = SYS_setresgid;
constexpr long kSetUids = SYS_setresuid;
constexpr long kGetGroups = SYS_getgroups;
#endif

// True if we have exactly these groups.  The kernel keeps them sorted.
bool groups_are(std::span<const gid_t> groups) {
  std::vector<gid_t> wanted(groups.begin(), groups.end());
  std::vector<gid_t> found(groups.size());
  // Fails if there are more than asked for; but if asked for 0, it returns how
  // many there are.
  const long count = syscall(kGetGroups, found.size(), found.data());
  if (count < 0 || static_cast<size_t>(count) != found.size()) return false;
  std::ranges::sort(wanted);
  std::ranges::sort(found);
  return found == wanted;
}

// None of the three uids is root's, and none can become it.
bool uid_of_root_is_gone() {
  uid_t real = 0;
  uid_t effective = 0;
  uid_t saved = 0;
  if (getresuid(&real, &effective, &saved) != 0) return false;
  if (real == 0 || effective == 0 || saved == 0) return false;
  return syscall(kSetUids, 0, 0, 0) != 0;
}

bool gid_of_root_is_gone() {
  gid_t real = 0;
  gid_t effective = 0;
  gid_t saved = 0;
  if (getresgid(&real, &effective, &saved) != 0) return false;
  if (real == 0 || effective == 0 || saved == 0) return false;
  return syscall(kSetGids, 0, 0, 0) != 0;
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
  if (syscall(kSetGroups, groups.size(), groups.data()) != 0)
    return Error::from_errno("set supplementary groups");
  if (!groups_are(groups)) return Error{"set supplementary groups", EPERM};
  if (syscall(kSetGids, gid, gid, gid) != 0)
    return Error::from_errno("set gid");
  if (syscall(kSetUids, uid, uid, uid) != 0)
    return Error::from_errno("set uid");
  if (!uid_of_root_is_gone() || !gid_of_root_is_gone() || getuid() != uid ||
      getgid() != gid)
    return Error{"shed root", EPERM};
  return {};
}

bool forbid_processes() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  return setrlimit(RLIMIT_NPROC, &none) == 0;
}

void forbid_dumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace lib
