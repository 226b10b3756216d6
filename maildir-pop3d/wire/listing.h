// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// The lines of the replies to LIST and UIDL (RFC 1939 sections 5 and 7; pure).
//
// A line is written in one go, because a client may ask for a million of them.
// LIST of 10,000 messages: 3.4 million instructions with this, 4.1 million if
// each part of a line is appended to the client's output.
namespace pop3d {

constexpr size_t kMostDigits = 20;  // of 64 bits

// The room that a line needs, besides the unique id: two numbers, a space,
// CRLF.
constexpr size_t kListingRoom = 2 * kMostDigits + 3;

// Write "number octets" or "number id", and CRLF, to into.  Return the number
// of bytes written.
size_t write_list_line(uint64_t number, uint64_t octets, char* into);
size_t write_uidl_line(uint64_t number, std::string_view id, char* into);

}  // namespace pop3d
