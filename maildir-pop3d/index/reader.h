// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "lib/io/unique_fd.h"
#include "maildir-pop3d/index/format.h"
#include "maildir-pop3d/maildir/pages.h"

namespace pop3d {

// Reads an index file by pread in a window of pages; no mmap, so that a file
// that is cut short meanwhile is damage to report and not a signal.
class IndexReader {
 public:
  // nullopt: no such file in the directory, not ours, or not an index.  The
  // header is read into scratch, which nothing needs afterwards.
  static std::optional<IndexReader> open(int directory, const char* name,
                                         std::span<char, kIndexPage> scratch);
  // The same of an open file.
  static std::optional<IndexReader> open(lib::UniqueFd file,
                                         std::span<char, kIndexPage> scratch);

  [[nodiscard]] const IndexHeader& header() const { return header_; }

  // Record n of header().records, valid until the next call; nullopt where
  // its page is damaged.  Neighbours are found in the window.
  std::optional<IndexRecord> record(uint64_t n);
  // The same without a look at its name.
  std::optional<uint64_t> octets(uint64_t n);

  // Gives the window's memory back where more than a page was touched.
  void rest();

 private:
  IndexReader(lib::UniqueFd file, const IndexHeader& header);

  bool view_page_of(uint64_t n);
  bool find_page(uint64_t n);
  bool load(uint64_t page, size_t count);
  bool look_at(uint64_t page);

  lib::UniqueFd file_;
  IndexHeader header_;
  Pages window_;
  uint64_t window_first_ = 0;  // page, counted from 0 behind the header
  size_t window_pages_ = 0;
  size_t touched_pages_ = 0;
  std::optional<IndexPageView> view_;
  uint64_t view_page_ = 0;
};

}  // namespace pop3d
