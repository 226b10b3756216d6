// SPDX-License-Identifier: ISC
// May run as root (popup).
#pragma once

#include <cstdint>
#include <span>

#include "lib/result.h"

namespace lib {

// Passes if the low 32 bits of an argument (0 to 5), masked, equal value.
struct ArgumentTest {
  unsigned argument = 0;
  uint32_t mask = 0;
  uint32_t value = 0;
};

// A system call that the filter allows if its arguments pass both tests.  A
// test whose mask is 0 always passes.  number is this architecture's.  If a
// number has several entries, one that passes is enough.
struct AllowedCall {
  long number;
  ArgumentTest test{};
  ArgumentTest second{};
};

// Restricts the process to these system calls, for good, and forbids it new
// privileges (seccomp(2)).  Any other call ends it by SIGSYS, and so does a
// call by another architecture's numbers, such as x32's.  Put frequent calls
// first. If the kernel or this architecture has no such filter, this returns an
// error and every call stays allowed.
Status allow_only(std::span<const AllowedCall> calls);

}  // namespace lib
