// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <array>

#include "lib/result.h"

namespace popup {

// Where the dialogue is locked in.
struct Jail {
  uid_t uid = 65534;
  gid_t gid = 65534;
  const char* root = nullptr;  // chroot; none
};

// Runs as root, if popup does: sheds it for good (chroot, groups, gid, uid).
// Without root the ids and the root directory stay.  Then, in both cases: no
// new privileges, no fork, no core, no ptrace, death with the parent; every
// descriptor but 0, 1 and those of keep (-1: none; in any order) is closed, and
// the process can do nothing any
// more but read, write, exit and return from a signal: strict seccomp, or,
// where a filter is in place already, a filter of the same calls.  The first of
// keep is the pipe to the broker; one that nobody reads any more is an error.
// After an error the process has to end: it may be half confined, and
// descriptor 2 closed.
lib::Status confine(const Jail& jail, std::array<int, 2> keep);

}  // namespace popup
