// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// Small pure helpers on text; ASCII only, no locale.
namespace lib {

// Decimal digits alone (leading zeros allowed), at most max; no sign, no
// space, no overflow.
std::optional<uint64_t> parse_number(std::string_view digits,
                                     uint64_t max = UINT64_MAX);

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr bool is_letter(char c) {
  return is_upper(c) || (c >= 'a' && c <= 'z');
}

char to_upper(char c);
bool equal_caseless(std::string_view a, std::string_view b);

// False where any byte differs or the lengths do; the time it takes depends
// on the length of a alone.
bool equal_constant_time(std::string_view a, std::string_view b);

// Cuts the text before the next separator off rest and returns it; the
// separator is dropped.  The last field leaves rest empty.
std::string_view next_field(std::string_view& rest, char separator);

// Cuts the next word off rest and returns it, without the spaces around it;
// empty if there is none.
std::string_view next_word(std::string_view& rest);

std::string_view trim_trailing_spaces(std::string_view text);
// At both ends.
std::string_view trim_spaces(std::string_view text);

}  // namespace lib
