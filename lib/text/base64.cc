// SPDX-License-Identifier: ISC
// May run as root: parses stored secrets; pure.
#include "lib/text/base64.h"

#include <algorithm>
#include <cstdint>

namespace lib {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::optional<size_t> decode_base64(std::string_view text,
                                    std::span<char> into) {
  if (text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const size_t size = text.size() / 4 * 3 - padding;
  if (text.size() != 0 && size > into.size()) return std::nullopt;
  size_t out = 0;
  uint32_t bits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    uint32_t value = 0;
    if (i + padding < text.size()) {
      const size_t at = kAlphabet.find(text[i]);
      if (at == std::string_view::npos) return std::nullopt;
      value = static_cast<uint32_t>(at);
    }
    bits = bits << 6U | value;
    if (i % 4 != 3) continue;
    for (unsigned shift = 24; shift != 0 && out < size; shift -= 8)
      into[out++] = static_cast<char>(bits >> (shift - 8) & 0xff);
    const bool surplus = (padding == 1 && (bits & 0xff) != 0) ||
                         (padding == 2 && (bits & 0xffff) != 0);
    if (i + 1 == text.size() && surplus) return std::nullopt;
    bits = 0;
  }
  return size;
}

std::optional<size_t> encode_base64(std::string_view bytes,
                                    std::span<char> into) {
  const size_t size = (bytes.size() + 2) / 3 * 4;
  if (size > into.size()) return std::nullopt;
  size_t out = 0;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t have = std::min<size_t>(3, bytes.size() - i);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k)
      bits = bits << 8U |
             (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k)
      into[out++] = k <= have ? kAlphabet[bits >> (18 - 6 * k) & 63U] : '=';
  }
  return size;
}

}  // namespace lib
