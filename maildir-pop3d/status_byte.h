// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/unique_fd.h"

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
  // Waits until popup has logged the login and says so by closing its end, or
  // for so long; true if it has.  To be called before the session's end is
  // logged, and without a client that waits meanwhile.
  [[nodiscard]] bool wait_for_login_line(int seconds) const;

 private:
  lib::UniqueFd fd_;
  bool sent_ = false;
};

}  // namespace pop3d
