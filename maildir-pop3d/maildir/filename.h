// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/text/fixed_text.h"

// Reads the name of a file in a Maildir (pure).  The Maildir format is
// UNIQUE:2,FLAGS; Maildir++ and Dovecot add ,S= and ,W= to UNIQUE.
namespace pop3d {

constexpr size_t kLongestName = 255;  // NAME_MAX

// The name up to its first ':', which does not change when flags do.
std::string_view unique_part(std::string_view name);

// The name up to its first ',' or ':', which does not change either when a
// program adds fields to it (mbsync: ,U=).
std::string_view base_part(std::string_view name);

// The delivery time: the number before the first '.', UINT64_MAX if it is too
// large; 0 if there is no number.
uint64_t arrival_time(std::string_view name);

// The sizes that a name states.  nullopt if it states none, or the first one
// is not a number.
struct SizeHints {
  std::optional<uint64_t> bytes;   // ",S=": the file's size
  std::optional<uint64_t> octets;  // ",W=": its size with CRLF line ends
};
SizeHints size_hints(std::string_view unique);

// The octets that RETR would send, if the name states them, also states the
// file's real size, and a file of that size can have so many.
std::optional<uint64_t> octets_hint(const SizeHints& hints, uint64_t file_size);

bool has_info(std::string_view name);  // contains ":2,"
// True if flag stands anywhere after ":2,".
bool has_flag(std::string_view name, char flag);

// The name in cur/ for a message of new/: its name, to which ":2," is added if
// that is missing.  Empty if the result is too long.
using CurName = lib::FixedText<kLongestName + 8>;
CurName name_in_cur(std::string_view name);

// RFC 1939 section 7: 1 to 70 characters of 0x21 to 0x7E.
constexpr size_t kLongestUidl = 70;
bool valid_uidl(std::string_view text);

}  // namespace pop3d
