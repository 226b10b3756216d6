// SPDX-License-Identifier: ISC
// Runs as root: computes digests of passwords.
#include "lib/crypto/sha1.h"

#include <bit>
#include <cstring>

#include "lib/crypto/block_hash.h"
#include "lib/text/byte_order.h"

namespace lib {
namespace {

// FIPS 180-4 section 6.1.2: four rounds of twenty steps.
void transform(std::array<uint32_t, 5>& state, std::span<const uint8_t> block) {
  constexpr std::array<uint32_t, 4> kAdded{0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
                                           0xca62c1d6};
  std::array<uint32_t, 80> words;
  for (size_t i = 0; i < 16; ++i)
    words[i] = load_big_endian<uint32_t>(block, 4 * i);
  for (size_t i = 16; i < words.size(); ++i)
    words[i] = std::rotl(
        words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  auto [a, b, c, d, e] = state;
  for (size_t i = 0; i < words.size(); ++i) {
    const size_t round = i / 20;
    uint32_t mixed = b ^ c ^ d;
    if (round == 0) mixed = (b & c) ^ (~b & d);
    if (round == 2) mixed = (b & c) ^ (b & d) ^ (c & d);
    mixed += std::rotl(a, 5) + e + kAdded[round] + words[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = mixed;
  }
  const std::array<uint32_t, 5> added{a, b, c, d, e};
  for (size_t i = 0; i < state.size(); ++i) state[i] += added[i];
  explicit_bzero(words.data(), sizeof words);
}

constexpr std::array<uint32_t, 5> kInitial{0x67452301, 0xefcdab89, 0x98badcfe,
                                           0x10325476, 0xc3d2e1f0};

}  // namespace

Sha1Digest sha1(std::span<const std::string_view> parts) {
  return BlockHash<kInitial, transform>::of(parts);
}

}  // namespace lib
