// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/log.h"
#include "lib/io/unique_fd.h"

namespace popup {

// A daemon that says whether it came up: the process that was started waits
// for the one that goes on, and ends as that one does: with 0 once it is
// ready, or with its exit code (its complaint is on descriptor 2 by then).
class Detachment {
 public:
  // Returns in the new process, which leads a session of its own.
  explicit Detachment(const lib::Log& log);

  // Nothing of the starter remains but its directory: 0, 1 and 2 become
  // /dev/null.
  void ready();

 private:
  lib::UniqueFd starter_;
};

}  // namespace popup
