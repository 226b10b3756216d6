// SPDX-License-Identifier: ISC
#include "maildir-pop3d/wire/listing.h"

#include <charconv>

#include "lib/text/copy.h"

namespace pop3d {
namespace {

// Each returns the end of what it wrote.
char* put(uint64_t value, char* into) {
  return std::to_chars(into, into + kMostDigits, value).ptr;
}

char* put(std::string_view text, char* into) {
  lib::copy_short(into, text.data(), text.size());
  return into + text.size();
}

template <typename Value>
size_t write_line(uint64_t number, Value value, char* into) {
  char* at = put(number, into);
  *at++ = ' ';
  at = put(value, at);
  *at++ = '\r';
  *at++ = '\n';
  return static_cast<size_t>(at - into);
}

}  // namespace

size_t write_list_line(uint64_t number, uint64_t octets, char* into) {
  return write_line(number, octets, into);
}

size_t write_uidl_line(uint64_t number, std::string_view id, char* into) {
  return write_line(number, id, into);
}

}  // namespace pop3d
