// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "lib/result.h"

namespace pop3d {

// Reads the entries of an open directory by getdents64, without readdir: the
// caller chooses the size of the buffer, and learns how many calls it took.
class DirectoryReader {
 public:
  struct Entry {
    const char* name;  // valid until the next call
    uint64_t inode;
    uint8_t type;  // DT_*
  };

  // Starts with the first entry.  Borrows fd and buffer (aligned to 8 bytes).
  DirectoryReader(int fd, std::span<char> buffer);

  // False at the end, or on an error, which status() returns.
  bool next(Entry& entry);
  [[nodiscard]] lib::Status status() const { return status_; }
  // The bytes that all calls returned.
  [[nodiscard]] size_t total() const { return total_; }
  // At the end: one call returned all entries, with room for another one.
  [[nodiscard]] bool was_one_call() const {
    return calls_ <= 1 && buffer_.size() - total_ >= kLongestEntry;
  }

 private:
  // A name of 255 bytes, the numbers before it, and padding.
  static constexpr size_t kLongestEntry = 280;

  int fd_;
  std::span<char> buffer_;
  size_t at_ = 0;
  size_t end_ = 0;
  size_t calls_ = 0;  // that returned entries
  size_t total_ = 0;
  lib::Status status_;
};

// DT_*; asks the file system if the entry does not say.  nullopt if there is no
// such file (any more), DT_UNKNOWN if the file system cannot say either.
std::optional<uint8_t> type_of(int directory,
                               const DirectoryReader::Entry& entry);

// True for a regular file whose name begins with no dot.  Also true if the type
// is unknown or the file was renamed meanwhile: then the caller tries to open
// it, and so notices that a message may be missing.
bool may_be_message(int directory, const DirectoryReader::Entry& entry);

}  // namespace pop3d
