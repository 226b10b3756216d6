// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/process/exit_code.h"

namespace lib {

// The end of a program that lacks memory: a line on descriptor 2 and exit
// code 111, or what was set.
[[noreturn]] void out_of_memory();

// From now on that is words (a constant, may be empty) on descriptor 1, and
// code.  It is the one thing that an allocation, which nobody hands anything,
// has to know of the program.
void set_out_of_memory(std::string_view words, ExitCode code);

}  // namespace lib
