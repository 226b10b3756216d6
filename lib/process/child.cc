// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/process/child.h"

#include <sys/wait.h>

#include <cerrno>
#include <ctime>

#include "lib/process/signals.h"

namespace lib {
namespace {

// True once the child has ended, or if we have no such child.  Reaps it unless
// options has WNOWAIT.
bool try_reap(pid_t child, int options, siginfo_t& ending) {
  ending = {};
  const int failed = waitid(P_PID, static_cast<id_t>(child), &ending,
                            WEXITED | WNOHANG | options);
  return (failed != 0 && errno == ECHILD) || ending.si_pid == child;
}

}  // namespace

bool has_ended(pid_t child) {
  siginfo_t ending{};
  return try_reap(child, WNOWAIT, ending);
}

// SIGCHLD is held before the first look, so that it cannot be missed.
bool reap_child(pid_t child, Deadline deadline, siginfo_t& ending) {
  const HeldSignal held(SIGCHLD);
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  while (!try_reap(child, 0, ending)) {
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
