// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/text/text.h"

#include <algorithm>
#include <charconv>

namespace lib {

std::optional<uint64_t> parse_number(std::string_view digits, uint64_t max) {
  uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  if (digits.empty() || digits[0] == '-') return std::nullopt;
  const auto parsed = std::from_chars(digits.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end || value > max)
    return std::nullopt;
  return value;
}

char to_lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_caseless(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    const char other = b.empty() ? '\0' : b[i % b.size()];
    difference |= static_cast<unsigned char>(a[i] ^ other);
  }
  return difference == 0;
}

std::string_view next_field(std::string_view& rest, char separator) {
  const size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return field;
}

std::string_view next_word(std::string_view& rest) {
  rest = trim_spaces(rest);
  const std::string_view word = next_field(rest, ' ');
  rest = trim_spaces(rest);
  return word;
}

std::string_view trim_trailing_spaces(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string_view trim_spaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  return trim_trailing_spaces(text);
}

}  // namespace lib
