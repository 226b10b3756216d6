// SPDX-License-Identifier: ISC
#pragma once

#include <csignal>

#include "lib/io/unique_fd.h"

namespace lib {

// Super-servers leave signals blocked or ignored, and both survive exec:
// unblocks all, sets the dispositions that we rely on to default, ignores
// SIGPIPE and SIGXFSZ, so that a write to a client that left (EPIPE) or beyond
// a limit on files (EFBIG) is an error value.
void reset_signals();

// The same for a process that one connection begins behind popup or popup -D,
// where every system call counts: the signals that it relies on, no others.
void reset_session_signals();

// For a child about to exec a foreign program: those two default again.
void default_write_signals();

// For a child whose parent holds signals back.
void unblock_signals();

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

// SIGTERM as something to wait for: from now on it ends the process no longer,
// but fd() is readable once it came.  Where there is no descriptor for that,
// fd() is -1 and SIGTERM stays what it was.
class Termination {
 public:
  Termination();
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace lib
