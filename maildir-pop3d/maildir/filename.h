// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// What the name of a file in a Maildir says (pure).  UNIQUE:2,FLAGS is the
// Maildir format; ,S= and ,W= within UNIQUE are Maildir++ and Dovecot.
namespace pop3d {

// The name up to its first ':'; it stays when flags change.
std::string_view unique_part(std::string_view name);

// The delivery time: the digits before the first '.', 0 where something else
// stands there; too large a number counts as the largest.
uint64_t arrival_time(std::string_view name);

// What a name says of the file's size; nullopt where it says nothing, or
// something that is no number.  Of several the first counts.
struct SizeHints {
  std::optional<uint64_t> bytes;   // behind ",S=": of the file
  std::optional<uint64_t> octets;  // behind ",W=": with CRLF
};
SizeHints size_hints(std::string_view unique);

// The octets that RETR would send, where the name tells and its bytes are the
// file's; octets that no file of that size can have are a lie.
std::optional<uint64_t> octets_hint(const SizeHints& hints, uint64_t file_size);

// True where ":2," is followed by flag.
bool has_flag(std::string_view name, char flag);
bool has_info(std::string_view name);  // ":2," at all

// RFC 1939 section 7: 1 to 70 characters of 0x21 to 0x7E.
constexpr size_t kLongestUidl = 70;
bool valid_uidl(std::string_view text);

}  // namespace pop3d
