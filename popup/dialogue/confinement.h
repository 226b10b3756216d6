// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <array>

#include "lib/result.h"

namespace popup {

// The ids and the root directory of the dialogue.
struct Jail {
  uid_t uid = 65534;
  gid_t gid = 65534;
  const char* root = nullptr;  // for chroot; null: no chroot
};

// Runs as root, if popup does.  Confines the calling process for good:
// - As root, changes the root directory, groups, gid and uid to those of jail.
//   Without root the process keeps its own.
// - No new privileges, no fork, no core, no ptrace; it dies with its parent.
// - Closes every descriptor but 0, 1 and those in keep, which may be in any
//   order; -1 means "none".
// - Then the process can only read, write, exit and return from a signal, by
//   strict seccomp, or, if a filter is in place already, by a filter that
//   allows the same calls.
// keep[0] is the pipe to the broker; it is an error if nobody reads it any
// more.  After an error the process must end: it may be half confined, and
// descriptor 2 may be closed.
lib::Status confine(const Jail& jail, std::array<int, 2> keep);

}  // namespace popup
