// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/child.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "lib/process/signals.h"

namespace popup {
namespace {

// True once the child has ended, or if we have no such child.  Reaps it unless
// options has WNOWAIT.
bool try_reap(pid_t child, int options, siginfo_t& ending) {
  ending.si_pid = 0;
  const int failed = waitid(P_PID, static_cast<id_t>(child), &ending,
                            WEXITED | WNOHANG | options);
  return (failed != 0 && errno == ECHILD) || ending.si_pid == child;
}

}  // namespace

lib::Result<Pipe> make_pipe(const char* doing, int flags) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | flags) != 0)
    return lib::Error::from_errno(doing);
  return Pipe{.reading = lib::UniqueFd(ends[0]),
              .writing = lib::UniqueFd(ends[1])};
}

bool has_ended(pid_t child) {
  siginfo_t ending{};
  return try_reap(child, WNOWAIT, ending);
}

// SIGCHLD is held before the first look, so that it cannot be missed.
bool reap_child(pid_t child, lib::Deadline deadline, siginfo_t& ending) {
  const lib::HeldSignal held(SIGCHLD);
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
  return reap_child(child, lib::Deadline::in_seconds(kKillSeconds), ending);
}

}  // namespace popup
