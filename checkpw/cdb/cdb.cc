// SPDX-License-Identifier: ISC
// Runs as root: parses a database; pure.
#include "checkpw/cdb/cdb.h"

#include "lib/text/byte_order.h"

namespace checkpw {
namespace {

// In a sound file, tables are at most half full and chains are short: with a
// million users the longest has some dozen slots.
constexpr uint32_t kMostProbes = 10000;

}  // namespace

uint32_t cdb_hash(std::string_view key) {
  uint32_t hash = 5381;
  for (const char c : key) hash = (hash * 33) ^ static_cast<unsigned char>(c);
  return hash;
}

CdbPair unpack_cdb_pair(std::string_view bytes) {
  return {lib::load_little_endian<uint32_t>(bytes, 0),
          lib::load_little_endian<uint32_t>(bytes, 4)};
}

CdbSearch::CdbSearch(std::string_view key, uint64_t file_size)
    : key_(key), file_size_(file_size), hash_(cdb_hash(key)) {
  if (file_size < kCdbHeaderSize)
    end(Answer::Damaged);
  else if (key.size() <= kCdbKeySize)
    want(Step::Table, uint64_t{hash_ % 256} * kCdbPairSize, kCdbPairSize);
}

void CdbSearch::take(std::string_view bytes) {
  if (bytes.size() != wanted_.size) return end(Answer::Damaged);
  switch (step_) {
    case Step::Table: table_ = unpack_cdb_pair(bytes); return next_slot();
    case Step::Slot: return take_slot(unpack_cdb_pair(bytes));
    case Step::Record: return take_record(bytes);
  }
}

void CdbSearch::want(Step step, uint64_t at, size_t size) {
  if (at > file_size_ || size > file_size_ - at) return end(Answer::Damaged);
  step_ = step;
  wanted_ = {at, size};
}

void CdbSearch::end(Answer answer) {
  answer_ = answer;
  wanted_ = {};
}

void CdbSearch::next_slot() {
  if (probed_ == table_.second) return end(Answer::Absent);
  if (probed_ == kMostProbes) return end(Answer::Damaged);
  const uint64_t slot =
      (hash_ / 256 % table_.second + uint64_t{probed_}) % table_.second;
  ++probed_;
  want(Step::Slot, table_.first + slot * kCdbPairSize, kCdbPairSize);
}

void CdbSearch::take_slot(CdbPair slot) {
  if (slot.second == 0) return end(Answer::Absent);
  if (slot.first != hash_) return next_slot();
  // Reads sizes and key at once.  Near the end of the file a record with a
  // shorter key may leave no room for that.
  const uint64_t room = slot.second < file_size_ ? file_size_ - slot.second : 0;
  const size_t whole = kCdbPairSize + key_.size();
  want(Step::Record, slot.second, room < whole ? kCdbPairSize : whole);
}

void CdbSearch::take_record(std::string_view bytes) {
  const CdbPair sizes = unpack_cdb_pair(bytes);
  const uint64_t data = wanted_.at + kCdbPairSize + sizes.first;
  if (data + sizes.second > file_size_) return end(Answer::Damaged);
  if (sizes.first != key_.size() || bytes.substr(kCdbPairSize) != key_)
    return next_slot();
  data_ = {data, sizes.second};
  end(Answer::Found);
}

}  // namespace checkpw
