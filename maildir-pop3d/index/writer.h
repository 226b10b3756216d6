// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "lib/io/unique_fd.h"
#include "lib/result.h"
#include "lib/text/fixed_text.h"
#include "maildir-pop3d/index/format.h"
#include "maildir-pop3d/maildir/mapped_buffer.h"

namespace pop3d {

// Writes an index file in tmp/, and then renames it into place.  It is only a
// cache, so that a full or read-only file system costs nothing but time.
// Removes a file that is not committed.
class IndexWriter {
 public:
  // Borrows the descriptors of the Maildir and of its tmp/.
  IndexWriter(int root, int tmp);
  ~IndexWriter();

  [[nodiscard]] bool ok() const { return ok_; }
  // The first call that failed.  It is not an error if the index cannot hold
  // these messages.
  [[nodiscard]] lib::Status status() const;

  // When the file was created, by the file system's own clock.
  [[nodiscard]] int64_t started() const { return started_; }

  // Messages come in the session's order.
  void add(const Message& message);

  // Completes the file and renames it to name in the Maildir.
  bool commit(const char* name, const DirectoryState& directory, bool settled);

 private:
  bool check(bool worked);
  void put_page();
  void flush();

  int root_;
  int tmp_;
  bool ok_ = false;
  int error_ = 0;  // errno
  int64_t started_ = 0;
  lib::FixedText<64> tmp_name_;
  lib::UniqueFd file_;
  MappedBuffer buffer_;
  size_t buffered_ = 0;  // bytes
  IndexHeader header_;
  std::optional<IndexPageBuilder> builder_;
};

}  // namespace pop3d
