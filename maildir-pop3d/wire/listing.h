// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// The lines of LIST's and UIDL's replies (RFC 1939 sections 5 and 7; pure):
// a client may ask for a million at once.
namespace pop3d {

// The room that a line needs, beside the unique id.
constexpr size_t kListingRoom = 2 * 20 + 3;  // two numbers, a space, CRLF

// "number octets" or "number id" and CRLF; into holds kListingRoom bytes, and
// as many as the id has.  Returns the bytes written.
size_t write_list_line(uint64_t number, uint64_t octets, char* into);
size_t write_uidl_line(uint64_t number, std::string_view id, char* into);

}  // namespace pop3d
