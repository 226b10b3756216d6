// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/attempts.h"

#include <algorithm>

#include "maildir-pop3d/maildir/clock.h"

namespace pop3d {

bool Attempts::again(int64_t pause) {
  constexpr unsigned kFewest = 3;
  constexpr unsigned kAtOnce = 10;
  constexpr int64_t kShortPause = kNanoseconds / 200;
  if (!end_) end_ = lib::Deadline::in_seconds(4);
  if (tries_ >= kFewest && end_->passed()) return false;
  if (++tries_ > kAtOnce) pause = std::max(pause, kShortPause);
  pause_for(pause);
  return true;
}

}  // namespace pop3d
