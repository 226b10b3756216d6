// SPDX-License-Identifier: ISC
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

namespace lib {

// What ps(1) shows of this process in place of its command line.  Linux reads
// that from the memory in which exec has put the arguments and, after them, the
// environment: a title is written there.  The process's name (comm), by
// which pidof and killall look, stays as it is.  Nothing here can fail, or
// makes a system call except for memory.
class ProcessTitle {
 public:
  // Call it before all else: later there may be pointers to the old texts.  If
  // an argument may be the option --title (or a shortened one), copies all
  // arguments and the environment, so that their memory is free for a title;
  // argv and environ then point to the copies.  Otherwise, or if memory is
  // short, does nothing, and show() has no effect.
  ProcessTitle(int argc, char** argv);

  // Shows "PROGRAM: WORD WORD", without empty words.  A '?' replaces any
  // character of a word that is not visible ASCII, so that a login cannot
  // forge an address.  A title that does not fit is cut.
  void show(std::string_view program,
            std::initializer_list<std::string_view> words) const;

 private:
  std::span<char> memory_;
};

}  // namespace lib
