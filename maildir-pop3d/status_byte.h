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
  [[nodiscard]] bool is_awaited() const { return fd_.valid(); }
  // Before the first byte to the client.
  void send();

 private:
  lib::UniqueFd fd_;
};

}  // namespace pop3d
