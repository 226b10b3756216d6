// SPDX-License-Identifier: ISC
#include "maildir-pop3d/filename.h"

#include <algorithm>

#include "lib/byte_search.h"
#include "lib/text.h"

namespace pop3d {
namespace {

constexpr std::string_view kInfo = ":2,";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::string_view unique_part(std::string_view name) {
  return name.substr(0, lib::find_byte(name, ':'));
}

uint64_t arrival_time(std::string_view name) {
  const std::string_view digits = name.substr(0, name.find('.'));
  if (digits.size() == name.size() || digits.empty()) return 0;
  if (!std::ranges::all_of(digits, is_digit)) return 0;
  return lib::parse_number(digits).value_or(UINT64_MAX);
}

std::optional<uint64_t> size_hint(std::string_view name, char letter) {
  const char key[] = {',', letter, '='};
  const std::string_view unique = unique_part(name);
  const size_t at = unique.find(std::string_view(key, sizeof key));
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = unique.substr(at + sizeof key);
  return lib::parse_number(rest.substr(0, rest.find(',')));
}

std::optional<uint64_t> octets_hint(std::string_view name, uint64_t file_size) {
  const auto octets = size_hint(name, 'W');
  if (!octets || size_hint(name, 'S') != file_size) return std::nullopt;
  // CRLF for LF at most doubles; two more end a last line without one.
  if (*octets < file_size || *octets - file_size > file_size + 2)
    return std::nullopt;
  return octets;
}

bool has_info(std::string_view name) {
  return name.find(kInfo) != std::string_view::npos;
}

bool has_flag(std::string_view name, char flag) {
  const size_t at = name.find(kInfo);
  return at != std::string_view::npos &&
         name.find(flag, at + kInfo.size()) != std::string_view::npos;
}

bool valid_uidl(std::string_view text) {
  return !text.empty() && text.size() <= kLongestUidl &&
         lib::all_between(text, '!', '~');
}

}  // namespace pop3d
