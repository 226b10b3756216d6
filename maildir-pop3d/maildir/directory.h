// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lib/result.h"

namespace pop3d {

// Walks the entries of an open directory by getdents64 itself: with a buffer
// of 64 KiB it takes a fraction of readdir's system calls.
class DirectoryReader {
 public:
  struct Entry {
    const char* name;  // valid until the next call
    uint64_t inode;
    uint8_t type;  // DT_*
  };

  // Starts at the beginning; fd and buffer (aligned to 8 bytes) are borrowed.
  DirectoryReader(int fd, std::span<char> buffer);

  // False at the end, and on an error: status() tells.
  bool next(Entry& entry);
  [[nodiscard]] lib::Status status() const { return status_; }
  // The most bytes of the buffer that any call filled, and those of all calls.
  [[nodiscard]] size_t touched() const { return touched_; }
  [[nodiscard]] size_t total() const { return total_; }
  // Behind the end: one call gave everything, and would have had room for more.
  [[nodiscard]] bool was_one_call() const {
    return total_ == touched_ && buffer_.size() - touched_ >= kLongestEntry;
  }

 private:
  // A name of 255 bytes, what stands in front of it, and its padding.
  static constexpr size_t kLongestEntry = 280;

  int fd_;
  std::span<char> buffer_;
  size_t at_ = 0;
  size_t end_ = 0;
  size_t touched_ = 0;
  size_t total_ = 0;
  lib::Status status_;
};

// DT_*; asks the file system where the entry does not say.  nullopt if there is
// no such file (any more), DT_UNKNOWN if that cannot be told either.
std::optional<uint8_t> type_of(int directory,
                               const DirectoryReader::Entry& entry);

// A regular file that is no dotfile; asks the file system where the entry
// does not say.  Where the file system cannot tell either, or the file was
// renamed since, it may be one: only opening it will tell, and what is not
// there to be seen must not be missed in silence.
bool may_be_message(int directory, const DirectoryReader::Entry& entry);

}  // namespace pop3d
