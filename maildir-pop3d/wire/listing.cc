// SPDX-License-Identifier: ISC
#include "maildir-pop3d/wire/listing.h"

#include <array>
#include <bit>
#include <cstring>

#include "lib/text/copy.h"

namespace pop3d {
namespace {

// "00" to "99".
constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

constexpr std::array<uint64_t, 20> kPowersOfTen = [] {
  std::array<uint64_t, 20> powers{1};
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = 10 * powers[i - 1];
  return powers;
}();

// 1,233 / 4,096 is log10(2), nearly enough for 64 bits: one comparison tells
// whether the power of ten that it leads to is reached.
size_t count_digits(uint64_t value) {
  value |= 1;
  const auto digits = static_cast<size_t>(std::bit_width(value)) * 1233 / 4096;
  return digits + (value >= kPowersOfTen[digits] ? 1 : 0);
}

// Each returns the end of what it wrote.
char* put(uint64_t value, char* into) {
  char* const end = into + count_digits(value);
  char* at = end;
  for (; value >= 10; value /= 100)
    memcpy(at -= 2, kPairs.data() + value % 100 * 2, 2);
  if (at != into) *into = static_cast<char>('0' + value);
  return end;
}

char* put(std::string_view text, char* into) {
  lib::copy_short(into, text.data(), text.size());
  return into + text.size();
}

char* put_line_end(char* into) {
  *into++ = '\r';
  *into++ = '\n';
  return into;
}

}  // namespace

size_t write_list_line(uint64_t number, uint64_t octets, char* into) {
  char* at = put(number, into);
  *at++ = ' ';
  at = put_line_end(put(octets, at));
  return static_cast<size_t>(at - into);
}

size_t write_uidl_line(uint64_t number, std::string_view id, char* into) {
  char* at = put(number, into);
  *at++ = ' ';
  at = put_line_end(put(id, at));
  return static_cast<size_t>(at - into);
}

}  // namespace pop3d
