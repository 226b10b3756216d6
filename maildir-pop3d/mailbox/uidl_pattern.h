// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/text/fixed_text.h"
#include "maildir-pop3d/maildir/filename.h"

// Dovecot's pop3_uidl_format (pure).
namespace pop3d {

using Uidl = lib::FixedText<kLongestUidl>;

constexpr std::string_view kDovecotsDefault = "%08Xu%08Xv";

// What dovecot-uidlist knows of a message.
struct UidlParts {
  uint64_t uid;
  uint64_t validity;
  std::string_view name;  // %f: the file's name up to its ':'
  std::string_view guid;  // %g: Dovecot's id, if it is not the name
};

// True if the format is one that we understand: text, %% and %LETTER, where the
// letter is u, v, f or g.  Before u or v may be 0 and a width of one or two
// digits, then X for hexadecimal.  Before the letter may be L or U, for lower
// and upper case.  False also if two messages would have one id (%v alone), if
// the text may not stand in an id, or if every id would be too long.
bool is_uidl_pattern(std::string_view pattern);

// The id by a valid pattern; empty if it is too long.
Uidl expand(std::string_view pattern, const UidlParts& parts);

}  // namespace pop3d
