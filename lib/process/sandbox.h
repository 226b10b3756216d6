// SPDX-License-Identifier: ISC
#pragma once

#include <span>

#include "lib/result.h"

namespace lib {

// For a program that has opened everything it needs.  Forbids new privileges,
// and by Landlock all files but those beneath these open directories.  Those
// may be read, written, created, renamed and removed, but not executed.  Newer
// kernels also forbid TCP connections and signals to other processes.  Needs
// Landlock ABI 2, the first that allows renames between directories; without it
// nothing is restricted and an error is returned for the log.  Does nothing in
// builds with sanitizers, which read files of their own.
Status confine_to(std::span<const int> directories);

}  // namespace lib
