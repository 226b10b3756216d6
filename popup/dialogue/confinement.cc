// SPDX-License-Identifier: ISC
// Runs as root: sheds root for the dialogue.
#include "popup/dialogue/confinement.h"

#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "lib/io/io.h"
#include "lib/process/call_filter.h"
#include "lib/process/privileges.h"

namespace popup {
namespace {

using lib::Error;
using lib::Status;

Status shed_root(const Jail& jail) {
  if (geteuid() != 0) return {};
  if (jail.root != nullptr && chroot(jail.root) != 0)
    return Error::from_errno("change the root directory");
  if (jail.root != nullptr && chdir("/") != 0)
    return Error::from_errno("enter the new root directory");
  return lib::become(jail.uid, jail.gid, {});
}

Status set_limits() {
  if (!lib::forbid_processes())
    return Error::from_errno("forbid new processes");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return Error::from_errno("forbid new privileges");
  lib::forbid_dumps();
  // Only the broker enforces the deadline: without it a silent client would
  // keep the dialogue for ever.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
    return Error::from_errno("tie the dialogue to the broker");
  return {};
}

// True if the broker is gone already: PR_SET_PDEATHSIG came too late to kill
// us.
bool broker_is_gone(int records) {
  pollfd writing{.fd = records, .events = 0, .revents = 0};
  while (poll(&writing, 1, 0) < 0 && errno == EINTR) {
  }
  return (writing.revents & POLLERR) != 0;
}

#ifndef POPCHAIN_SANITIZED

// The filter for strict mode's calls.  Strict mode is refused if a filter is in
// place already (containers, hardened units).
constexpr auto kStrictCalls = std::to_array<lib::AllowedCall>(
    {{SYS_read}, {SYS_write}, {SYS_exit}, {SYS_rt_sigreturn}});

Status forbid_system_calls() {
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0) return {};
  return lib::allow_only(kStrictCalls);
}

#else

// Strict mode would kill the sanitizers for their own calls.
Status forbid_system_calls() {
  return {};
}

#endif

}  // namespace

Status confine(const Jail& jail, std::array<int, 2> keep) {
  if (Status shed = shed_root(jail); !shed.ok()) return shed;
  if (Status limited = set_limits(); !limited.ok()) return limited;
  lib::close_from(2, keep);
  if (broker_is_gone(keep[0])) return Error{"find the broker", 0};
  return forbid_system_calls();
}

}  // namespace popup
