// SPDX-License-Identifier: ISC
#pragma once

#include <span>

#include "lib/result.h"

namespace lib {

// For a program that has opened all it needs: no new privileges, and by
// Landlock no file but what is beneath these open directories, which may be
// read, written, created, renamed and removed, but not executed; with newer
// kernels no TCP connection and no signal to others either.  Takes hold
// where the kernel can (Landlock ABI 2, the first that allows renames
// between directories); the error is for the log.  Does nothing in builds
// with sanitizers, which read files of their own.
Status confine_to(std::span<const int> directories);

}  // namespace lib
