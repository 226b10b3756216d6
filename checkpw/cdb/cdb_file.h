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
// A regular file, opened for reading without waiting (a FIFO in its place
// must not hold the login); flags: more of open(2)'s.
lib::Result<StoreFile> open_store(const char* path, int flags = 0);

// An open cdb, read by pread: a file that is cut off meanwhile is an error
// value, not a signal.
class CdbFile {
 public:
  static lib::Result<CdbFile> open(const char* path, int flags = 0);

  // True where key has a record; its data replace what into holds.  Errors
  // (code 0): a damaged file, data longer than lib::kLineSize; or read(2)'s.
  lib::Result<bool> find(std::string_view key, CdbData& into) const;

  // The data of the first records in the file, for stores that other
  // programs made.  at: where to go on, at first kCdbHeaderSize.  False at
  // the end of the records, and where a record makes no sense.
  bool next(uint64_t& at, CdbData& into) const;

 private:
  explicit CdbFile(StoreFile file)
      : fd_(std::move(file.fd)), size_(file.size) {}
  [[nodiscard]] lib::Status read_data(CdbSearch::Piece place,
                                      CdbData& into) const;

  lib::UniqueFd fd_;
  uint64_t size_;
};

}  // namespace checkpw
