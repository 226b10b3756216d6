// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// Changes the environment that the next exec passes on: setenv(3) and
// unsetenv(3), without the heap as long as there are few and short variables. A
// login takes 657 us of processor time with it, 698 us with setenv(3).
namespace lib {

// name contains no '='.  Lack of memory ends the program (out_of_memory.h).
void set_variable(std::string_view name, std::string_view value);
void set_variable(std::string_view name, uint64_t number);
void unset_variable(std::string_view name);

// For a process that starts many programs: the destructor unsets the variables
// that were set since the constructor, and frees their memory.  Meanwhile each
// variable that is set must be new, or keep its value, and nothing else may
// change the environment.  A text that is too long for the store stays
// allocated for ever.
class TemporaryVariables {
 public:
  TemporaryVariables();
  TemporaryVariables(const TemporaryVariables&) = delete;
  TemporaryVariables& operator=(const TemporaryVariables&) = delete;
  ~TemporaryVariables();

 private:
  size_t count_ = 0;  // entries of the environment
  size_t used_ = 0;
};

// Removes MAILDIR if it is an absolute path.  It may come from the environment
// of whoever started the chain, and would give one mailbox to everybody.
void drop_absolute_maildir();

}  // namespace lib
