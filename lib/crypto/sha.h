// SPDX-License-Identifier: ISC
// May run as root.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "lib/text/byte_order.h"

namespace lib {

// What SHA-1, SHA-256 and SHA-512 share: blocks of sixteen words, and how the
// last one is padded (FIPS 180-4 section 5.1).  transform() updates the state
// from one block; it must wipe what it keeps of the block.
template <typename Word, size_t kWords,
          void (*transform)(std::array<Word, kWords>& state,
                            std::span<const uint8_t> block)>
class Sha {
 public:
  using Digest = std::array<uint8_t, kWords * sizeof(Word)>;

  explicit Sha(const std::array<Word, kWords>& initial) : state_(initial) {}
  Sha(const Sha&) = delete;
  Sha& operator=(const Sha&) = delete;
  ~Sha() {
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
      if (used_ == block_.size()) end_block();
    }
  }

  // The length takes two words, of which the upper bits are 0.
  Digest finish() {
    const uint64_t bits = length_ * 8;
    update("\x80");
    const bool has_room = used_ <= block_.size() - 2 * sizeof(Word);
    std::fill(block_.begin() + used_, block_.end(), 0);
    if (!has_room) {
      end_block();
      block_.fill(0);
    }
    store_big_endian(block_, block_.size() - sizeof bits, bits);
    end_block();
    Digest digest;
    for (size_t i = 0; i < kWords; ++i)
      store_big_endian(digest, sizeof(Word) * i, state_[i]);
    return digest;
  }

 private:
  void end_block() {
    transform(state_, block_);
    used_ = 0;
  }

  std::array<Word, kWords> state_;
  std::array<uint8_t, 16 * sizeof(Word)> block_{};
  size_t used_ = 0;
  uint64_t length_ = 0;
};

}  // namespace lib
