// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

namespace lib {

// One command line of a POP3 client (RFC 1939 section 3): a keyword, and
// the rest of the line behind one space, verbatim: a password may begin or
// end with spaces.  Every other command takes words (text.h) from it, with any
// number of spaces between them.
struct Command {
  std::string_view keyword;
  std::string_view argument;
  bool has_argument = false;  // a space followed the keyword
};

// line is without its LF; one CR before the LF is dropped here.
Command split_command(std::string_view line);

}  // namespace lib
