// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/attempts.h"

#include <algorithm>
#include <ctime>

namespace pop3d {

bool Attempts::again(int64_t pause) {
  constexpr unsigned kFewest = 3;
  constexpr unsigned kAtOnce = 10;
  constexpr int64_t kShortPause = 5'000'000;
  if (!end_) end_ = lib::Deadline::in_seconds(4);
  if (tries_ >= kFewest && end_->passed()) return false;
  if (++tries_ > kAtOnce) pause = std::max(pause, kShortPause);
  pause_for(pause);
  return true;
}

void pause_for(int64_t nanoseconds) {
  constexpr int64_t kSecond = 1'000'000'000;
  if (nanoseconds <= 0) return;
  const timespec pause{.tv_sec = static_cast<time_t>(nanoseconds / kSecond),
                       .tv_nsec = static_cast<long>(nanoseconds % kSecond)};
  nanosleep(&pause, nullptr);
}

}  // namespace pop3d
