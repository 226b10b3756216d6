// SPDX-License-Identifier: ISC
// May run as root.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "lib/text/byte_order.h"
#include "lib/text/text.h"

namespace lib {

// MD5 and the SHA family share this: blocks of sixteen words, the padding of
// the last block (RFC 1321 section 3, FIPS 180-4 section 5.1), and HMAC.
// transform() updates the state from one block; it must wipe what it keeps of
// the block.
template <const auto& kInitial, auto transform,
          std::endian kOrder = std::endian::big>
class BlockHash {
 public:
  using State = std::remove_cvref_t<decltype(kInitial)>;
  using Word = typename State::value_type;
  using Digest = std::array<uint8_t, sizeof(State)>;

  BlockHash() = default;
  // Goes on after a first block that left this state().
  explicit BlockHash(std::span<const uint8_t> bytes) : length_(block_.size()) {
    for (size_t i = 0; i < state_.size(); ++i)
      state_[i] = load<Word>(bytes, sizeof(Word) * i, kOrder);
  }
  BlockHash(const BlockHash&) = delete;
  BlockHash& operator=(const BlockHash&) = delete;
  ~BlockHash() {
    explicit_bzero(block_.data(), block_.size());
    explicit_bzero(state_.data(), sizeof state_);
  }

  static Digest of(std::span<const std::string_view> parts) {
    BlockHash hash;
    for (const std::string_view part : parts) hash.update(part);
    return hash.finish();
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

  // The first block of an HMAC (RFC 2104 section 2): byte is 0x36 for the inner
  // hash, and 0x5c for the outer one.
  void update_key(std::string_view key, char byte) {
    std::array<char, 16 * sizeof(Word)> pad{};
    if (key.size() > pad.size())
      std::ranges::copy(of({&key, 1}), pad.begin());
    else
      std::ranges::copy(key, pad.begin());
    for (char& c : pad) c = static_cast<char>(c ^ byte);
    update(as_text(pad));
    explicit_bzero(pad.data(), pad.size());
  }

  // SHA-512's length takes two words, of which the first is 0.
  Digest finish() {
    const uint64_t bits = length_ * 8;
    update("\x80");
    const bool has_room = used_ <= block_.size() - 2 * sizeof(Word);
    std::fill(block_.begin() + used_, block_.end(), 0);
    if (!has_room) {
      end_block();
      block_.fill(0);
    }
    store(block_, block_.size() - sizeof bits, bits, kOrder);
    end_block();
    return state();
  }

  // Depends on whole blocks only.
  [[nodiscard]] Digest state() const {
    Digest bytes;
    for (size_t i = 0; i < state_.size(); ++i)
      store(bytes, sizeof(Word) * i, state_[i], kOrder);
    return bytes;
  }

 private:
  void end_block() {
    transform(state_, block_);
    used_ = 0;
  }

  State state_ = kInitial;
  std::array<uint8_t, 16 * sizeof(Word)> block_{};
  size_t used_ = 0;
  uint64_t length_ = 0;
};

}  // namespace lib
