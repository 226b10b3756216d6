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
// The compiler's own vectors: SSE2, NEON or whatever the processor has.
using Step [[gnu::vector_size(kStep)]] = signed char;

// The place in memory of the word's first byte that is not 0.
size_t first_set_byte(uint64_t word) {
  const int zeros = std::endian::native == std::endian::little
                        ? std::countr_zero(word)
                        : std::countl_zero(word);
  return static_cast<size_t>(zeros) / 8;
}

// Where among sixteen bytes the first lies for which `is` holds; kStep
// without one.
template <typename Is>
size_t find_within(const char* from, Is is) {
  Step bytes;
  memcpy(&bytes, from, kStep);
  const auto lanes = std::bit_cast<std::array<uint64_t, 2>>(is(bytes));
  if (lanes[0] != 0) return first_set_byte(lanes[0]);
  return lanes[1] != 0 ? kStep / 2 + first_set_byte(lanes[1]) : kStep;
}

// Where the first byte lies for which `is` holds, npos without one.  The last
// sixteen are one step, which may overlap the step before.
template <typename Is>
size_t find_first(std::string_view text, Is is) {
  if (text.size() < kStep) {
    for (size_t at = 0; at < text.size(); ++at)
      if (is(static_cast<signed char>(text[at]))) return at;
    return std::string_view::npos;
  }
  for (size_t at = 0; at < text.size(); at += kStep) {
    at = std::min(at, text.size() - kStep);
    const size_t within = find_within(text.data() + at, is);
    if (within != kStep) return at + within;
  }
  return std::string_view::npos;
}

// How many bytes at the beginning of both are the same.
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

size_t find_byte(std::string_view text, char c) {
  const auto wanted = static_cast<signed char>(c);
  return find_first(text, [=](auto bytes) { return bytes == wanted; });
}

bool has_either(std::string_view text, char one, char other) {
  const auto a = static_cast<signed char>(one);
  const auto b = static_cast<signed char>(other);
  return find_first(text, [=](auto bytes) {
           return (bytes == a) | (bytes == b);
         }) != std::string_view::npos;
}

// Signed: what is not ASCII is below everything.
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
