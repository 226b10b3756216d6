// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/unique_fd.h"
#include "lib/process/checkpassword.h"

namespace pop3d {

// The byte that tells popup that this program replies to the client from now on
// (design.md, "Exit codes").  It goes through the pipe that POPUP_STATUSFD
// names.
class StatusByte {
 public:
  // Takes the descriptor's number from POPUP_STATUSFD, and removes the
  // variable.  There is no pipe if it is not a number, is below 3, or is not a
  // FIFO.
  static StatusByte from_environment();

  // True if there is a pipe, and the byte was not sent.  popup then waits for
  // it, and if the program ends without it replies to the client itself.
  [[nodiscard]] bool is_awaited() const { return fd_.valid() && !sent_; }
  // True if popup asks us to refuse the session, because its user has too many
  // (POPUP_IN_USE).  Without a pipe nobody could have asked.
  [[nodiscard]] bool asks_to_refuse() const;
  // Call before the first byte to the client.  Does nothing the second time.
  void send(char byte = lib::kServedStatus);
  // Waits until popup has logged the login, which it shows by closing its end
  // of the pipe; at most so many seconds.  False if it has not.  Call it before
  // the end of the session is logged, and while no client waits.
  [[nodiscard]] bool wait_for_login_line(int seconds) const;

 private:
  lib::UniqueFd fd_;
  bool sent_ = false;
};

}  // namespace pop3d
