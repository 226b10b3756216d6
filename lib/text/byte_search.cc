// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/text/byte_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace lib {
namespace {

constexpr size_t kStep = 16;
// A vector of the compiler's: SSE2, NEON or whatever the processor has.
using Step [[gnu::vector_size(kStep)]] = signed char;

// The index, in memory, of the first byte that is not 0; there is one.
size_t first_set_byte(uint64_t word) {
  const int zeros = std::endian::native == std::endian::little
                        ? std::countr_zero(word)
                        : std::countl_zero(word);
  return static_cast<size_t>(zeros) / 8;
}

// Where the first byte is for which `is` holds; npos: nowhere.  The last step
// may overlap the one before.
template <typename Is>
size_t find_first(std::string_view text, Is is) {
  if (text.size() < kStep) {
    const auto* const found = std::ranges::find_if(
        text, [=](char c) { return is(static_cast<signed char>(c)); });
    return found == text.end() ? std::string_view::npos
                               : static_cast<size_t>(found - text.begin());
  }
  for (size_t at = 0; at < text.size(); at += kStep) {
    at = std::min(at, text.size() - kStep);
    Step bytes;
    memcpy(&bytes, text.data() + at, kStep);
    const auto found = std::bit_cast<std::array<uint64_t, 2>>(is(bytes));
    if (found[0] != 0) return at + first_set_byte(found[0]);
    if (found[1] != 0) return at + kStep / 2 + first_set_byte(found[1]);
  }
  return std::string_view::npos;
}

// How many bytes at the beginning of both are equal.
size_t common_length(std::string_view a, std::string_view b) {
  const size_t most = std::min(a.size(), b.size());
  size_t at = 0;
  for (; most - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
    uint64_t one;
    uint64_t other;
    memcpy(&one, a.data() + at, sizeof one);
    memcpy(&other, b.data() + at, sizeof other);
    if (one != other) return at + first_set_byte(one ^ other);
  }
  while (at < most && a[at] == b[at]) ++at;
  return at;
}

}  // namespace

size_t find_byte(std::string_view text, char wanted) {
  const auto byte = static_cast<signed char>(wanted);
  return find_first(text, [=](auto bytes) { return bytes == byte; });
}

bool has_either(std::string_view text, char one, char other) {
  const auto a = static_cast<signed char>(one);
  const auto b = static_cast<signed char>(other);
  return find_first(text, [=](auto bytes) {
           return (bytes == a) | (bytes == b);
         }) != std::string_view::npos;
}

// Bytes outside ASCII are negative, and so below least.
bool all_between(std::string_view text, char least, char most) {
  const auto a = static_cast<signed char>(least);
  const auto b = static_cast<signed char>(most);
  return find_first(text, [=](auto bytes) {
           return (bytes < a) | (bytes > b);
         }) == std::string_view::npos;
}

bool are_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && common_length(a, b) == a.size();
}

int compare_bytes(std::string_view a, std::string_view b) {
  const size_t same = common_length(a, b);
  if (same == a.size() || same == b.size())
    return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
  return static_cast<unsigned char>(a[same]) <
                 static_cast<unsigned char>(b[same])
             ? -1
             : 1;
}

}  // namespace lib
