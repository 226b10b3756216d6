// SPDX-License-Identifier: ISC
// Runs as root: gives it up.
#include "lib/process/privileges.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

namespace lib {
namespace {

// The plain system calls change the calling thread only, but our programs have
// no other; a thread that a foreign PAM or NSS module made ends at the exec
// that follows.  The C library's functions change all threads, for which musl
// makes 30 more system calls in a login (of 313; 10 us of 667 of processor
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

// True if neither the three uids nor the three gids are root's, and none can
// become root's.
bool root_is_gone() {
  std::array<uid_t, 3> uids{};
  std::array<gid_t, 3> gids{};
  if (getresuid(&uids[0], &uids[1], &uids[2]) != 0 ||
      getresgid(&gids[0], &gids[1], &gids[2]) != 0)
    return false;
  if (std::ranges::count(uids, 0U) != 0 || std::ranges::count(gids, 0U) != 0)
    return false;
  return syscall(kSetUids, 0, 0, 0) != 0 && syscall(kSetGids, 0, 0, 0) != 0;
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
  if (!root_is_gone() || getuid() != uid || getgid() != gid)
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
