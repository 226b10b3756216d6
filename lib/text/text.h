// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// This folder parses and builds text in memory, without system calls.
// Every folder may call it.
// It may call only the C and C++ libraries.
//
// Here are the basics.  They know ASCII only, and no locale.
namespace lib {

// Parses a decimal number of at most max.  Leading zeros are allowed.  Returns
// nullopt for an empty text, a sign, a space or a larger number.
std::optional<uint64_t> parse_number(std::string_view digits,
                                     uint64_t max = UINT64_MAX);

constexpr std::string_view kHexDigits = "0123456789abcdef";

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr bool is_letter(char c) {
  return is_upper(c) || (c >= 'a' && c <= 'z');
}

// A digest, or another range of bytes, as text.
template <typename Bytes>
std::string_view as_text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

char to_lower(char c);
bool equal_caseless(std::string_view a, std::string_view b);

// Compares in a time that depends only on the length of a.
bool equal_constant_time(std::string_view a, std::string_view b);

// Removes the text up to the next separator from rest, and returns it without
// the separator.  The last field leaves rest empty.
std::string_view next_field(std::string_view& rest, char separator);

// Removes the next word and the spaces around it from rest, and returns the
// word.  Empty: no word is left.
std::string_view next_word(std::string_view& rest);

std::string_view trim_trailing_spaces(std::string_view text);
// Trims both ends.
std::string_view trim_spaces(std::string_view text);

}  // namespace lib
