// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/crypto/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "lib/crypto/sha.h"
#include "lib/text/byte_order.h"

namespace lib {
namespace {

// The first 32 bits of the fractional parts of the cube roots of the first 64
// primes, FIPS 180-4 section 4.2.2
constexpr std::array<uint32_t, 64> kCubeRoots{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// FIPS 180-4 section 6.2.2.
void transform(std::array<uint32_t, 8>& state, std::span<const uint8_t> block) {
  std::array<uint32_t, 64> words;
  for (size_t i = 0; i < 16; ++i)
    words[i] = load_big_endian<uint32_t>(block, 4 * i);
  for (size_t i = 16; i < words.size(); ++i) {
    const uint32_t w15 = words[i - 15];
    const uint32_t w2 = words[i - 2];
    words[i] = words[i - 16] + words[i - 7] +
               (std::rotr(w15, 7) ^ std::rotr(w15, 18) ^ (w15 >> 3U)) +
               (std::rotr(w2, 17) ^ std::rotr(w2, 19) ^ (w2 >> 10U));
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (size_t i = 0; i < words.size(); ++i) {
    const uint32_t sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const uint32_t choice = (e & f) ^ (~e & g);
    const uint32_t t1 = h + sum1 + choice + kCubeRoots[i] + words[i];
    const uint32_t sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + sum0 + majority;
  }
  const std::array<uint32_t, 8> added{a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < state.size(); ++i) state[i] += added[i];
  explicit_bzero(words.data(), sizeof words);
}

// The same of the square roots of the first eight primes, section 5.3.3.
constexpr std::array<uint32_t, 8> kInitial{0x6a09e667, 0xbb67ae85, 0x3c6ef372,
                                           0xa54ff53a, 0x510e527f, 0x9b05688c,
                                           0x1f83d9ab, 0x5be0cd19};

using Sha256 = Sha<uint32_t, 8, transform>;

std::string_view as_text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Sha256Digest sha256(std::span<const std::string_view> parts) {
  Sha256 hash(kInitial);
  for (const std::string_view part : parts) hash.update(part);
  return hash.finish();
}

// RFC 2104 section 2.
Sha256Digest hmac_sha256(std::string_view key,
                         std::span<const std::string_view> parts) {
  std::array<char, 64> pad{};
  if (key.size() > pad.size()) {
    const Sha256Digest short_key = sha256({&key, 1});
    std::ranges::copy(as_text(short_key), pad.begin());
  } else {
    std::ranges::copy(key, pad.begin());
  }
  for (char& c : pad) c ^= 0x36;
  Sha256 inner(kInitial);
  inner.update({pad.data(), pad.size()});
  for (const std::string_view part : parts) inner.update(part);
  for (char& c : pad) c ^= 0x36 ^ 0x5c;
  Sha256 outer(kInitial);
  outer.update({pad.data(), pad.size()});
  outer.update(as_text(inner.finish()));
  explicit_bzero(pad.data(), pad.size());
  return outer.finish();
}

}  // namespace lib
