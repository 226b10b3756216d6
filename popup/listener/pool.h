// SPDX-License-Identifier: ISC
// Runs as root: pure.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

namespace popup {

// A fixed number of records in memory that the caller lends, numbered from 1
// (0 is "none"), with a hash over those that are linked.  Record has a member
// uint32_t next, which belongs to the pool.  The memory must be zero; what is
// never used is never touched.
template <typename Record>
class Pool {
 public:
  // records[0] is not used; the size of chains is a power of two.
  Pool(std::span<Record> records, std::span<uint32_t> chains)
      : records_(records), chains_(chains) {}

  Record& operator[](uint32_t number) { return records_[number]; }
  // No higher number was ever in use.
  [[nodiscard]] uint32_t highest() const { return taken_; }

  // A fresh record, or 0 where all are taken.
  uint32_t take() {
    if (free_ != 0) {
      const uint32_t number = std::exchange(free_, records_[free_].next);
      records_[number] = Record{};
      return number;
    }
    return taken_ + 1 < records_.size() ? ++taken_ : 0;
  }
  // The record must not be linked.
  void give_back(uint32_t number) {
    records_[number].next = std::exchange(free_, number);
  }

  void link(uint32_t number, uint64_t hash) {
    records_[number].next = std::exchange(chain(hash), number);
  }
  void unlink(uint32_t number, uint64_t hash) {
    uint32_t* at = &chain(hash);
    while (*at != number) at = &records_[*at].next;
    *at = records_[number].next;
  }
  template <typename Matches>
  uint32_t find(uint64_t hash, Matches matches) {
    uint32_t number = chain(hash);
    while (number != 0 && !matches(records_[number]))
      number = records_[number].next;
    return number;
  }

 private:
  // The high bits of a product are its mixed ones.
  uint32_t& chain(uint64_t hash) {
    return chains_[(hash >> 32U) & (chains_.size() - 1)];
  }

  std::span<Record> records_;
  std::span<uint32_t> chains_;
  uint32_t taken_ = 0;
  uint32_t free_ = 0;
};

}  // namespace popup
