// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>

#include "lib/io/deadline.h"
#include "lib/result.h"

namespace pop3d {

// Counts the attempts at something that other programs at work in the Maildir
// may undo: at least three, and more until four seconds after the first.
class Attempts {
 public:
  // True to try again, after a pause of at least so many nanoseconds; false to
  // give up.
  bool again(int64_t pause = 0);

 private:
  std::optional<lib::Deadline> end_;
  unsigned tries_ = 0;
};

// The error after the last attempt.
constexpr lib::Error kEverChanging{
    "keep up with programs that change the Maildir", 0};

}  // namespace pop3d
