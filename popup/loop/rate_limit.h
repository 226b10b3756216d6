// SPDX-License-Identifier: ISC
// Runs as root: computes only.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

namespace popup {

// Lets one log line pass in each period, so that a flood of clients does not
// flood the log.
class RateLimit {
 public:
  // Returns how many lines were held back since the last one if a line may be
  // written now; nullopt if this one is held back, too.
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
