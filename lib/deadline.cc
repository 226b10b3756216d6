// SPDX-License-Identifier: ISC
#include "lib/deadline.h"

#include <ctime>

namespace lib {

int64_t monotonic_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
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
