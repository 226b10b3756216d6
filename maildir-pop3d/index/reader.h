// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "lib/io/unique_fd.h"
#include "maildir-pop3d/index/format.h"
#include "maildir-pop3d/maildir/mapped_buffer.h"

namespace pop3d {

// Reads an index file through a window of pages.  By pread, not mmap: if the
// file is cut short meanwhile, that is damage to report and not a signal.
class IndexReader {
 public:
  // nullopt if there is no such file in the directory, it has another owner, or
  // it is not an index.  scratch is free again afterwards.
  static std::optional<IndexReader> open(int directory, const char* name,
                                         std::span<char, kIndexPage> scratch);
  // The same for an open file.
  static std::optional<IndexReader> open(lib::UniqueFd file,
                                         std::span<char, kIndexPage> scratch);

  [[nodiscard]] const IndexHeader& header() const { return header_; }

  // Record n of header().records, valid until the next call, without its
  // folder; with an empty name if its page is damaged.
  Message record(uint64_t n);
  // record(n).octets, without reading the name.
  std::optional<uint64_t> octets(uint64_t n);

  // Gives the window's memory back if more than a page was used.
  void release_memory();

 private:
  IndexReader(lib::UniqueFd file, const IndexHeader& header);

  bool view_page_of(uint64_t n);
  bool find_page(uint64_t n);
  bool load(uint64_t page, size_t count);
  bool view_page(uint64_t page);

  lib::UniqueFd file_;
  IndexHeader header_;
  MappedBuffer window_;
  uint64_t window_first_ = 0;  // page, counted from 0 after the header
  size_t window_pages_ = 0;
  size_t touched_pages_ = 0;
  std::optional<IndexPageView> view_;
  uint64_t view_page_ = 0;
};

}  // namespace pop3d
