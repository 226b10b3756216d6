// SPDX-License-Identifier: ISC
// Runs as root: computes digests of passwords.
#include "lib/crypto/sha1.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "lib/text/byte_order.h"

namespace lib {
namespace {

class Sha1 {
 public:
  ~Sha1() {
    explicit_bzero(block_.data(), block_.size());
    explicit_bzero(state_.data(), sizeof state_);
  }

  void update(std::string_view bytes) {
    length_ += bytes.size();
    while (!bytes.empty()) {
      const size_t size = std::min(bytes.size(), block_.size() - used_);
      memcpy(block_.data() + used_, bytes.data(), size);
      used_ += size;
      bytes.remove_prefix(size);
      if (used_ == block_.size()) transform();
    }
  }

  Sha1Digest finish() {
    const uint64_t bits = length_ * 8;
    update("\x80");
    while (used_ != 56) update({"\0", 1});
    store_big_endian(block_, used_, bits);
    transform();
    Sha1Digest digest;
    for (size_t i = 0; i < state_.size(); ++i)
      store_big_endian(digest, 4 * i, state_[i]);
    return digest;
  }

 private:
  // FIPS 180-4 section 6.1.2: four rounds of twenty steps.
  void transform() {
    constexpr std::array<uint32_t, 4> kAdded{0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
                                             0xca62c1d6};
    std::array<uint32_t, 80> words;
    for (size_t i = 0; i < 16; ++i)
      words[i] = load_big_endian<uint32_t>(block_, 4 * i);
    for (size_t i = 16; i < words.size(); ++i)
      words[i] = std::rotl(
          words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    auto [a, b, c, d, e] = state_;
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
    for (size_t i = 0; i < state_.size(); ++i) state_[i] += added[i];
    explicit_bzero(words.data(), sizeof words);
    used_ = 0;
  }

  std::array<uint32_t, 5> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                                 0xc3d2e1f0};
  std::array<uint8_t, 64> block_{};
  size_t used_ = 0;
  uint64_t length_ = 0;
};

}  // namespace

Sha1Digest sha1(std::span<const std::string_view> parts) {
  Sha1 hash;
  for (const std::string_view part : parts) hash.update(part);
  return hash.finish();
}

}  // namespace lib
