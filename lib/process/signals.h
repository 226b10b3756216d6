// SPDX-License-Identifier: ISC
#pragma once

#include <csignal>
#include <initializer_list>

#include "lib/io/unique_fd.h"

namespace lib {

// Super-servers leave some signals blocked or ignored, and both survive exec.
// Unblocks all, sets the classical ones to default, and ignores SIGPIPE and
// SIGXFSZ: if the client has left, or a file has reached its limit, a write
// fails with EPIPE or EFBIG.
void reset_signals();

// The same for a program of one session, whose signals popup has reset already:
// sets only SIGCHLD, SIGTERM and SIGHUP to default.  A login takes 652 us
// of processor time with it, 658 us with reset_signals().
void reset_session_signals();

// Sets SIGPIPE and SIGXFSZ to default, before the exec of a foreign program.
void default_write_signals();

sigset_t signal_set(std::initializer_list<int> numbers);

// For a child whose parent blocks signals.
void unblock_signals();

// Sets what a signal does while this object exists.
class SignalAction {
 public:
  SignalAction(int number, sighandler_t action)
      : number_(number), before_(signal(number, action)) {}
  SignalAction(const SignalAction&) = delete;
  SignalAction& operator=(const SignalAction&) = delete;
  ~SignalAction() { signal(number_, before_); }

 private:
  int number_;
  sighandler_t before_;
};

// Blocks a signal while this object exists.  A signal that comes meanwhile is
// delivered when the object is destroyed.
class HeldSignal {
 public:
  explicit HeldSignal(int number);
  HeldSignal(const HeldSignal&) = delete;
  HeldSignal& operator=(const HeldSignal&) = delete;
  ~HeldSignal();

 private:
  sigset_t before_{};
};

// Makes SIGTERM something to poll for: it no longer ends the process, and fd()
// becomes readable when it comes.  If no descriptor can be made, fd() is -1 and
// SIGTERM still ends the process.
class Termination {
 public:
  Termination();
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace lib
