// SPDX-License-Identifier: ISC
// Runs as root: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

namespace popup {

// Holds back all but one log line in a period, so that a flood of clients is
// not a flood of log.  All zero bytes are a valid, fresh one.
class RateLimit {
 public:
  // The number of lines held back since the last one, where a line may be
  // written now; nullopt where this one is held back as well.
  std::optional<unsigned> allow(int64_t now_ms, int64_t period_ms) {
    if (now_ms < quiet_until_ms_) {
      ++held_back_;
      return std::nullopt;
    }
    quiet_until_ms_ = now_ms + period_ms;
    return std::exchange(held_back_, 0);
  }

 private:
  int64_t quiet_until_ms_ = 0;
  unsigned held_back_ = 0;
};

}  // namespace popup
