// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "lib/io/unique_fd.h"
#include "lib/text/fixed_text.h"
#include "maildir-pop3d/index/format.h"
#include "maildir-pop3d/maildir/pages.h"

namespace pop3d {

// Writes an index file: in tmp/ first, then renamed into place.  It is only a
// cache: a full or read-only file system costs time and nothing else, so that
// no error is told but by false.  What is not put in place is removed.
class IndexWriter {
 public:
  // root and tmp are the Maildir's, borrowed.
  IndexWriter(int root, int tmp);
  IndexWriter(const IndexWriter&) = delete;
  IndexWriter& operator=(const IndexWriter&) = delete;
  ~IndexWriter();

  [[nodiscard]] bool ok() const { return ok_; }

  // When the file was made, by the file system's own clock; nanoseconds
  // since the epoch.  A directory that was read after this and changed
  // before it is known whole.
  [[nodiscard]] int64_t started() const { return started_; }

  // Records come in session order.
  void add(const IndexRecord& record);

  // Completes the file and puts it in place as name in root.
  bool commit(const char* name, const DirectoryState& directory, bool settled);

 private:
  void put_page();
  void flush();

  int root_;
  int tmp_;
  bool ok_ = false;
  int64_t started_ = 0;
  lib::FixedText<64> tmp_name_;
  lib::UniqueFd file_;
  Pages buffer_;
  size_t buffered_ = 0;  // bytes
  IndexHeader header_;
  std::optional<IndexPageBuilder> builder_;
};

}  // namespace pop3d
