// SPDX-License-Identifier: ISC
#pragma once

#include "lib/unique_fd.h"

namespace pop3d {

// popup's question whether the client has been spoken to (design.md, "Exit
// codes"): $POPUP_STATUSFD, a number of at least 3 that is a FIFO; anything
// else counts as absent.  The variable is removed.
class StatusByte {
 public:
  static StatusByte from_environment();

  // popup waits and answers for us while we have not.
  [[nodiscard]] bool is_awaited() const { return fd_.valid() && !sent_; }
  // Before the first byte to the client.  Once is enough.
  void send();
  // Waits until popup has logged the login and says so by closing its end; five
  // seconds at most.  To be called before the session's end is logged, and
  // after the client's connection is closed, so that no client waits for it.
  void wait_for_login_line() const;

 private:
  lib::UniqueFd fd_;
  bool sent_ = false;
};

}  // namespace pop3d
