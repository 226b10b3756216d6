// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <ctime>

#include "lib/io/deadline.h"

// Times as 64-bit numbers of nanoseconds.
namespace pop3d {

using lib::kNanoseconds;
using lib::nanoseconds;

inline int64_t clock_reading(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return nanoseconds(now);
}

// The clock by which local file systems stamp what changes, in its steps.
inline int64_t local_clock() {
  return clock_reading(CLOCK_REALTIME_COARSE);
}

// Returns at once if the time is not above 0.
inline void pause_for(int64_t time) {
  if (time <= 0) return;
  const timespec pause{.tv_sec = static_cast<time_t>(time / kNanoseconds),
                       .tv_nsec = static_cast<long>(time % kNanoseconds)};
  nanosleep(&pause, nullptr);
}

}  // namespace pop3d
