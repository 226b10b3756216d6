// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/child.h"

#include <sys/wait.h>

#include <cerrno>
#include <ctime>

#include "lib/process/signals.h"

namespace popup {
namespace {

// True once the child has ended.  A child that is not ours never will.
bool look(pid_t child, int options, siginfo_t& ending) {
  ending.si_pid = 0;
  const int failed = waitid(P_PID, static_cast<id_t>(child), &ending,
                            WEXITED | WNOHANG | options);
  return (failed != 0 && errno == ECHILD) || ending.si_pid == child;
}

timespec in_milliseconds(int milliseconds) {
  return {.tv_sec = milliseconds / 1000,
          .tv_nsec = milliseconds % 1000 * 1'000'000L};
}

}  // namespace

bool has_ended(pid_t child) {
  siginfo_t ending{};
  return look(child, WNOWAIT, ending);
}

// SIGCHLD is held back before the first look, so that none is missed.
bool reap(pid_t child, lib::Deadline deadline, siginfo_t& ending) {
  const lib::HeldSignal held(SIGCHLD);
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  while (!look(child, 0, ending)) {
    const int left = deadline.poll_timeout();
    if (left == 0) return false;
    const timespec timeout = in_milliseconds(left);
    (void)sigtimedwait(&awaited, nullptr, left < 0 ? nullptr : &timeout);
  }
  return true;
}

bool kill_and_reap(pid_t child, siginfo_t& ending) {
  kill(child, SIGKILL);
  return reap(child, lib::Deadline::in_seconds(kKillSeconds), ending);
}

}  // namespace popup
