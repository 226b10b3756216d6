// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "checkpw/cdb/cdb.h"
#include "lib/crypto/secret.h"
#include "lib/io/line_reader.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"

namespace checkpw {

// The data of a record: a line of a passwd-file without its login.
using CdbData = lib::WipedText<lib::kLineSize>;

struct StoreFile {
  lib::UniqueFd fd;
  uint64_t size;
};
// Opens a regular file for reading.  Does not wait if path is a FIFO.  flags
// are further ones for open(2).
lib::Result<StoreFile> open_store(const char* path, int flags = 0);

// An open cdb, read by pread(2), and not mapped: if it is truncated meanwhile,
// that is an error and not a signal.
class CdbFile {
 public:
  static lib::Result<CdbFile> open(const char* path, int flags = 0);

  // True if key has a record, whose data replace the content of into.  Errors:
  // a damaged file, or data longer than lib::kLineSize (code 0); pread(2)'s.
  lib::Result<bool> find(std::string_view key, CdbData& into) const;

  // Reads the data of the record at `at', and moves `at' to the next record.
  // The first is at kCdbHeaderSize.  False after the last record, and if a
  // record is damaged.
  bool next(uint64_t& at, CdbData& into) const;

 private:
  explicit CdbFile(StoreFile file) : file_(std::move(file)) {}
  [[nodiscard]] lib::Status read_data(CdbSearch::Piece place,
                                      CdbData& into) const;

  StoreFile file_;
};

}  // namespace checkpw
