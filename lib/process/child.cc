// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/process/child.h"

#include <sys/wait.h>

#include <cerrno>
#include <ctime>

#include "lib/process/signals.h"

namespace lib {
namespace {

// True if the child has ended and is reaped, or if we have no such child.
bool try_reap(pid_t child, siginfo_t& ending) {
  ending = {};
  const int failed =
      waitid(P_PID, static_cast<id_t>(child), &ending, WEXITED | WNOHANG);
  return (failed != 0 && errno == ECHILD) || ending.si_pid == child;
}

}  // namespace

// SIGCHLD is held before the first look, so that it cannot be missed.
bool reap_child(pid_t child, Deadline deadline, siginfo_t& ending) {
  const HeldSignal held(SIGCHLD);
  const sigset_t awaited = signal_set({SIGCHLD});
  while (!try_reap(child, ending)) {
    const int left = deadline.poll_timeout();
    if (left == 0) return false;
    const timespec timeout{.tv_sec = left / 1000,
                           .tv_nsec = left % 1000 * 1'000'000L};
    (void)sigtimedwait(&awaited, nullptr, left < 0 ? nullptr : &timeout);
  }
  return true;
}

bool kill_and_reap(pid_t child, siginfo_t& ending) {
  kill(child, SIGKILL);
  return reap_child(child, Deadline::in_seconds(kKillSeconds), ending);
}

}  // namespace lib
