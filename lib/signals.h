// SPDX-License-Identifier: ISC
#pragma once

#include <csignal>

namespace lib {

// Super-servers leave signals blocked or ignored, and both survive exec:
// unblocks all, sets the dispositions that we rely on to default, ignores
// SIGPIPE (a write to a client that left is an error value).
void reset_signals();

// The same for a program that one connection begins behind popup, where every
// system call counts: the signals that it relies on, no others.  SIGXFSZ is
// ignored as well, so that a limit on files is an error value (EFBIG).
void reset_session_signals();

// For a child about to exec a foreign program: SIGPIPE default again.
void default_sigpipe();

// Holds a signal back while it lives: one that comes is delivered when this
// goes.
class HeldSignal {
 public:
  explicit HeldSignal(int number);
  HeldSignal(const HeldSignal&) = delete;
  HeldSignal& operator=(const HeldSignal&) = delete;
  ~HeldSignal();

 private:
  sigset_t before_{};
};

}  // namespace lib
