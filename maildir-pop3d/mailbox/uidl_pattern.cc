// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/uidl_pattern.h"

#include <optional>

#include "lib/text/text.h"

namespace pop3d {
namespace {

struct Item {
  char letter = '\0';  // '%' for plain text
  char text = '\0';
  size_t width = 0;  // filled up with zeros
  bool is_hex = false;
  char letter_case = '\0';  // L or U
};

bool take(std::string_view& rest, char c) {
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

bool is_number(char letter) {
  return letter == 'u' || letter == 'v';
}

// Takes the next character or variable from rest, which is not empty.  nullopt
// if it is not one that we understand.
std::optional<Item> next_item(std::string_view& rest) {
  Item item{.letter = '%', .text = rest[0]};
  rest.remove_prefix(1);
  if (item.text != '%' || take(rest, '%')) return item;
  const bool has_width = take(rest, '0');
  size_t digits = 0;
  for (; has_width && digits < 2 && !rest.empty() && lib::is_digit(rest[0]);
       ++digits) {
    item.width = 10 * item.width + static_cast<size_t>(rest[0] - '0');
    rest.remove_prefix(1);
  }
  item.is_hex = take(rest, 'X');
  for (const char c : {'L', 'U'})
    if (item.letter_case == '\0' && take(rest, c)) item.letter_case = c;
  if (rest.empty() || has_width != (item.width != 0)) return std::nullopt;
  item.letter = rest[0];
  rest.remove_prefix(1);
  if (is_number(item.letter)) return item;
  const bool is_text = item.letter == 'f' || item.letter == 'g';
  if (!is_text || item.is_hex || has_width) return std::nullopt;
  return item;
}

char in_case(char c, char letter_case) {
  constexpr char kDistance = 'a' - 'A';
  if (letter_case == 'L' && c >= 'A' && c <= 'Z')
    return static_cast<char>(c + kDistance);
  if (letter_case == 'U' && c >= 'a' && c <= 'z')
    return static_cast<char>(c - kDistance);
  return c;
}

void append(const Item& item, const UidlParts& parts, Uidl& to) {
  lib::FixedText<20> digits;
  std::string_view value;
  switch (item.letter) {
    case '%': value = {&item.text, 1}; break;
    case 'f': value = parts.name; break;
    case 'g': value = parts.guid.empty() ? parts.name : parts.guid; break;
    default:
      digits.number(item.letter == 'u' ? parts.uid : parts.validity,
                    item.is_hex ? 16 : 10);
      value = digits.view();
  }
  for (size_t i = value.size(); i < item.width; ++i) to << '0';
  for (const char c : value) to << in_case(c, item.letter_case);
}

}  // namespace

bool is_uidl_pattern(std::string_view pattern) {
  bool is_unique = false;
  for (std::string_view rest = pattern; !rest.empty();) {
    const auto item = next_item(rest);
    if (!item) return false;
    if (item->letter == '%' && !valid_uidl({&item->text, 1})) return false;
    if (item->letter != '%' && item->letter != 'v') is_unique = true;
  }
  const UidlParts shortest{.uid = 1, .validity = 1, .name = "x", .guid = "x"};
  return is_unique && !expand(pattern, shortest).empty();
}

Uidl expand(std::string_view pattern, const UidlParts& parts) {
  Uidl uidl;
  while (!pattern.empty()) {
    const auto item = next_item(pattern);
    if (item) append(*item, parts, uidl);
  }
  if (uidl.overflowed()) uidl.clear();
  return uidl;
}

}  // namespace pop3d
