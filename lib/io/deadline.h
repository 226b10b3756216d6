// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <ctime>

namespace lib {

constexpr int64_t kNanoseconds = 1'000'000'000;  // in a second

constexpr int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * kNanoseconds + time.tv_nsec;
}

// Seconds since 1970.
int64_t wall_seconds();
// Milliseconds of the monotonic clock.
int64_t monotonic_ms();

// An absolute point in time of the monotonic clock.
class Deadline {
 public:
  static Deadline never() { return Deadline(INT64_MAX); }
  static Deadline in_seconds(int64_t seconds) {
    return Deadline(monotonic_ms() + seconds * 1000);
  }

  // Milliseconds for poll(2): -1 for never(), 0 once it has passed.
  [[nodiscard]] int poll_timeout() const;
  [[nodiscard]] bool passed() const { return poll_timeout() == 0; }
  [[nodiscard]] Deadline earlier(Deadline other) const {
    return at_ms_ < other.at_ms_ ? *this : other;
  }

 private:
  explicit Deadline(int64_t at_ms) : at_ms_(at_ms) {}
  int64_t at_ms_;
};

}  // namespace lib
