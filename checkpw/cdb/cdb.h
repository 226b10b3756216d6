// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// This folder reads and writes constant databases (cdb).
// stores/ and the top of checkpw may call it.
// It may call only lib/.
//
// A cdb has a header of 256 pairs of position and number of slots, the records,
// and 256 hash tables.  Every number is little-endian and has 32 bits.  This
// file is pure: it tells what to read next and judges what was read.  A damaged
// file costs a limited number of small reads.
namespace checkpw {

constexpr size_t kCdbHeaderSize = 2048;
constexpr size_t kCdbPairSize = 8;
// The longest key that is looked up, as long as the longest login.
constexpr size_t kCdbKeySize = 512;

uint32_t cdb_hash(std::string_view key);

struct CdbPair {
  uint32_t first = 0;
  uint32_t second = 0;
};
// bytes holds at least kCdbPairSize.
CdbPair unpack_cdb_pair(std::string_view bytes);

// Looks for the first record of one key:
//   while (search.wanted().size > 0) search.take(those bytes of the file);
class CdbSearch {
 public:
  enum class Answer { Absent, Found, Damaged };
  struct Piece {
    uint64_t at = 0;
    size_t size = 0;  // at most kCdbPairSize + kCdbKeySize
  };

  // key must outlive this; file_size is in bytes.
  CdbSearch(std::string_view key, uint64_t file_size);

  // The next piece to read, always within the file.  Its size is 0 at the end
  // of the search.
  [[nodiscard]] Piece wanted() const { return wanted_; }
  // Takes the bytes of the wanted piece.
  void take(std::string_view bytes);

  [[nodiscard]] Answer answer() const { return answer_; }
  // The place of the data if the record was found, always within the file.
  [[nodiscard]] Piece data() const { return data_; }

 private:
  enum class Step { Table, Slot, Record };

  void want(Step step, uint64_t at, size_t size);
  void end(Answer answer);
  void take_slot(CdbPair slot);
  void take_record(std::string_view bytes);
  void next_slot();

  std::string_view key_;
  uint64_t file_size_;
  uint32_t hash_;
  Step step_ = Step::Table;
  Answer answer_ = Answer::Absent;
  Piece wanted_;
  Piece data_;
  CdbPair table_;        // position and slots
  uint32_t probed_ = 0;  // slots seen
};

}  // namespace checkpw
