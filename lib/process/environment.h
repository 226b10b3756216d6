// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

// The environment that an exec hands on: setenv(3) and unsetenv(3) without
// the heap, as long as a few short variables fit into memory kept for them.
// In a process that only waits while a session lasts, a heap would be most of
// the memory that is its own.
namespace lib {

// name holds no '='.  Lack of memory ends the program
// (lib/process/out_of_memory.h).
void set_variable(std::string_view name, std::string_view value);
void set_variable(std::string_view name, uint64_t number);
void unset_variable(std::string_view name);

// Removes a MAILDIR that is an absolute path.  Whoever starts the chain may
// have it in his environment: it would give one mailbox to everybody.
void drop_absolute_maildir();

}  // namespace lib
