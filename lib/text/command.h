// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

namespace lib {

// One command line of a POP3 client (RFC 1939 section 3): a keyword, and the
// rest of the line after one space.  The rest is kept verbatim, because a
// password may begin or end with spaces.  All other commands split it with
// next_word() (text.h), which accepts any number of spaces between words.
struct Command {
  std::string_view keyword;
  std::string_view argument;
  bool has_argument = false;  // a space followed the keyword
};

// line comes without its LF.  A CR at its end is dropped.
Command split_command(std::string_view line);

}  // namespace lib
