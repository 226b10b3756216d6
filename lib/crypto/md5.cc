// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/crypto/md5.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "lib/crypto/block_hash.h"
#include "lib/text/byte_order.h"
#include "lib/text/text.h"

namespace lib {
namespace {

// floor(2^32 * abs(sin(i + 1))), RFC 1321 section 3.4
constexpr std::array<uint32_t, 64> kSines{
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a,
    0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
    0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
    0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
    0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
    0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
    0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
    0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
    0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr std::array<int, 16> kShifts{7, 12, 17, 22, 5, 9,  14, 20,
                                      4, 11, 16, 23, 6, 10, 15, 21};

// RFC 1321 section 3.4: four rounds of sixteen steps.
void transform(std::array<uint32_t, 4>& state, std::span<const uint8_t> block) {
  auto [a, b, c, d] = state;
  for (size_t i = 0; i < 64; ++i) {
    const size_t round = i / 16;
    uint32_t mixed = 0;
    size_t index = 0;
    switch (round) {
      case 0:
        mixed = (b & c) | (~b & d);
        index = i;
        break;
      case 1:
        mixed = (d & b) | (~d & c);
        index = 5 * i + 1;
        break;
      case 2:
        mixed = b ^ c ^ d;
        index = 3 * i + 5;
        break;
      default:
        mixed = c ^ (b | ~d);
        index = 7 * i;
        break;
    }
    mixed +=
        a + kSines[i] + load_little_endian<uint32_t>(block, 4 * (index % 16));
    a = d;
    d = c;
    c = b;
    b += std::rotl(mixed, kShifts[round * 4 + i % 4]);
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

constexpr std::array<uint32_t, 4> kInitial{0x67452301, 0xefcdab89, 0x98badcfe,
                                           0x10325476};

using Md5 = BlockHash<kInitial, transform, std::endian::little>;

}  // namespace

Md5Digest md5(std::span<const std::string_view> parts) {
  return Md5::of(parts);
}

HmacMd5Key hmac_md5_key(std::string_view key) {
  Md5 outer;
  outer.update_key(key, 0x5c);
  Md5 inner;
  inner.update_key(key, 0x36);
  HmacMd5Key states;
  std::ranges::copy(outer.state(), states.begin());
  std::ranges::copy(inner.state(), states.begin() + sizeof(Md5Digest));
  return states;
}

Md5Digest hmac_md5(const HmacMd5Key& key, std::string_view message) {
  const std::span<const uint8_t> states(key);
  Md5 inner(states.last(16));
  inner.update(message);
  Md5 outer(states.first(16));
  outer.update(as_text(inner.finish()));
  return outer.finish();
}

Md5Digest hmac_md5(std::string_view key, std::string_view message) {
  HmacMd5Key states = hmac_md5_key(key);
  const Md5Digest digest = hmac_md5(states, message);
  explicit_bzero(states.data(), states.size());
  return digest;
}

Md5Hex to_hex(const Md5Digest& digest) {
  Md5Hex hex;
  for (size_t i = 0; i < digest.size(); ++i) {
    hex[2 * i] = kHexDigits[digest[i] >> 4U];
    hex[2 * i + 1] = kHexDigits[digest[i] & 15U];
  }
  return hex;
}

}  // namespace lib
