// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/log.h"
#include "lib/io/unique_fd.h"

namespace popup {

// Makes popup -D a daemon that reports whether it came up.  The process
// that was started waits for the daemon, and exits with 0 once it is ready, or
// with the daemon's exit code if it ends before (its error is on descriptor 2
// by then).
class Detachment {
 public:
  // Returns only in the daemon, which leads a session (setsid(2)) of its own.
  explicit Detachment(const lib::Log& log);

  // Lets the process that waits exit.  Descriptors 0, 1 and 2 become /dev/null;
  // the daemon keeps its working directory.
  void ready();

 private:
  lib::UniqueFd starter_;
};

}  // namespace popup
