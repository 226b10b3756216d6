// SPDX-License-Identifier: ISC
#include "lib/byte_search.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace lib {
namespace {

constexpr size_t kStep = 16;
// The compiler's own vectors: SSE2, NEON or whatever the processor has.
using Step [[gnu::vector_size(kStep)]] = signed char;

// Whether `is` holds for one of sixteen bytes.
template <typename Is>
bool holds_within(const char* from, Is is) {
  Step bytes;
  memcpy(&bytes, from, kStep);
  const auto lanes = std::bit_cast<std::array<uint64_t, 2>>(is(bytes));
  return (lanes[0] | lanes[1]) != 0;
}

// Where the first byte lies for which `is` holds, npos without one.
template <typename Is>
size_t find_first(std::string_view text, Is is) {
  size_t at = 0;
  while (text.size() - at >= kStep && !holds_within(text.data() + at, is))
    at += kStep;
  for (; at < text.size(); ++at)
    if (is(static_cast<signed char>(text[at]))) return at;
  return std::string_view::npos;
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

}  // namespace lib
