// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "checkpw/cdb/cdb.h"
#include "lib/result.h"
#include "lib/text/fixed_text.h"

namespace checkpw {

// Writes a cdb to an empty file that is open for reading and writing.  Keeps 12
// bytes a record in memory.  Wipes its buffer at the end.
class CdbWriter {
 public:
  explicit CdbWriter(int fd);
  CdbWriter(const CdbWriter&) = delete;
  CdbWriter& operator=(const CdbWriter&) = delete;
  ~CdbWriter();

  // key has at most kCdbKeySize bytes.  line is the caller's number for the
  // record, see Duplicate.  Errors: EFBIG, the file would exceed 4 GiB;
  // write(2)'s.
  lib::Status add(std::string_view key, std::string_view data, uint32_t line);

  // The lines of two records with one key, the earlier record first.
  struct Duplicate {
    uint32_t first_line;
    uint32_t second_line;
  };
  // Writes tables and header.  If it returns a duplicate, the file is not
  // usable.
  lib::Result<std::optional<Duplicate>> finish();

  [[nodiscard]] uint64_t size() const { return position_; }

 private:
  struct Record {
    uint32_t hash = 0;
    uint32_t position = 0;  // 0 in a slot without a record
    uint32_t line = 0;
  };

  lib::Status append(std::string_view bytes);
  lib::Status append_pairs(std::initializer_list<uint32_t> numbers);
  lib::Status flush();
  lib::Result<std::optional<Duplicate>> add_table(size_t first, size_t last);
  using Key = lib::FixedText<kCdbKeySize>;
  lib::Status read_key(const Record& record, Key& into) const;
  lib::Result<bool> same_key(const Record& a, const Record& b) const;
  lib::Status write_header();

  int fd_;
  uint64_t position_ = 0;  // the file's size once the buffer is written
  std::vector<Record> records_;
  std::vector<Record> slots_;
  std::array<uint32_t, 512> header_{};
  size_t used_ = 0;
  std::array<char, 65536> buffer_;
};

}  // namespace checkpw
