// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/process/exit_code.h"

namespace lib {

// Ends a program that lacks memory: writes a line to descriptor 2, writes the
// reply that was set, and exits with the code that was set (111 if none was).
[[noreturn]] void out_of_memory();

// Sets what out_of_memory() writes to descriptor 1, and its exit code.  reply
// is a constant, and may be empty.
void set_out_of_memory(std::string_view reply, ExitCode code);

}  // namespace lib
