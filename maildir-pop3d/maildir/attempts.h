// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>

#include "lib/io/deadline.h"
#include "lib/result.h"

namespace pop3d {

// How often to try again what other programs at work in the Maildir undo: at
// least three times, and until four seconds have passed since the first.
class Attempts {
 public:
  // Pauses for so long, nanoseconds, or a little once there were many tries;
  // false where it is time to give up.
  bool again(int64_t pause = 0);

 private:
  std::optional<lib::Deadline> end_;
  unsigned tries_ = 0;
};

// For after the last attempt.
constexpr lib::Error kEverChanging{
    "keep up with programs that change the Maildir", 0};

void pause_for(int64_t nanoseconds);

}  // namespace pop3d
