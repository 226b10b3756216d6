// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// A constant database (cdb): a header of 256 pairs of position and slots, the
// records, the 256 hash tables; every number little-endian and of 32 bits.
// Pure: says what to read next and judges what was read.  A file that lies
// about itself costs a bounded number of small reads.
namespace checkpw {

constexpr size_t kCdbHeaderSize = 2048;
constexpr size_t kCdbPairSize = 8;
// The longest key that is looked for; descriptor 3 holds no longer login.
constexpr size_t kCdbKeySize = 512;

uint32_t cdb_hash(std::string_view key);

struct CdbPair {
  uint32_t first = 0;
  uint32_t second = 0;
};
// bytes holds kCdbPairSize of them, or more.
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

  // key has to stay; file_size in bytes.
  CdbSearch(std::string_view key, uint64_t file_size);

  // Within the file, always; size 0 when all is known.
  [[nodiscard]] Piece wanted() const { return wanted_; }
  // bytes: exactly what was wanted.
  void take(std::string_view bytes);

  [[nodiscard]] Answer answer() const { return answer_; }
  // Of a record that was found: where its data are, within the file.
  [[nodiscard]] Piece data() const { return data_; }

 private:
  enum class Step { Table, Slot, Record };

  void want(Step step, uint64_t at, size_t size);
  void end(Answer answer);
  void take_table(CdbPair table);
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
