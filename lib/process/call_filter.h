// SPDX-License-Identifier: ISC
// May run as root (popup).
#pragma once

#include <cstdint>
#include <span>

#include "lib/result.h"

namespace lib {

// A test of one argument (0 to 5): its low 32 bits & mask are value.
struct ArgumentTest {
  unsigned argument = 0;
  uint32_t mask = 0;
  uint32_t value = 0;
};

// A system call that a filter lets through, by the number that this
// architecture gives it, if the arguments pass both tests (a mask of 0
// passes every argument).  Of several entries of one number any one is enough.
struct AllowedCall {
  long number;
  ArgumentTest test{};
  ArgumentTest second{};
};

// From now on, for good, the process has no new privileges and can make these
// system calls alone (seccomp(2)).  Any other ends it by SIGSYS, and so does
// one by another architecture's numbers, x32's among them.  What is often
// called comes first in the list.  An error, where the kernel or this
// architecture knows no such filter, leaves everything allowed.
Status allow_only(std::span<const AllowedCall> calls);

}  // namespace lib
