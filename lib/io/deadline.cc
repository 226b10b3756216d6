// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/io/deadline.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace lib {
namespace {

// By the system call itself: the first use of the C library's function looks
// for its faster twin in the vdso, which costs a process that asks a few times
// more than it saves.
timespec ask(clockid_t clock) {
  timespec now{};
  if constexpr (sizeof(long) == sizeof(time_t))
    syscall(SYS_clock_gettime, clock, &now);
  else
    clock_gettime(clock, &now);
  return now;
}

}  // namespace

int64_t wall_seconds() {
  return ask(CLOCK_REALTIME).tv_sec;
}

int64_t monotonic_ms() {
  const timespec now = ask(CLOCK_MONOTONIC);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

int Deadline::poll_timeout() const {
  constexpr int64_t kLongestPoll = 1'000'000'000;
  if (at_ms_ == INT64_MAX) return -1;
  const int64_t left = at_ms_ - monotonic_ms();
  if (left <= 0) return 0;
  return static_cast<int>(left < kLongestPoll ? left : kLongestPoll);
}

}  // namespace lib
