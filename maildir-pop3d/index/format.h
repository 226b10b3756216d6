// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "maildir-pop3d/maildir/directory_state.h"
#include "maildir-pop3d/maildir/message.h"

// Encodes and decodes an index file (doc/index-format.md): a header page, then
// pages of records in the session's order.  Pure.  Reads nothing outside the
// page, whatever its bytes are.  All numbers are little-endian.
namespace pop3d {

constexpr size_t kIndexPage = 4096;
constexpr uint64_t kMostRecords = uint64_t{1} << 32U;

struct IndexHeader {
  uint64_t records = 0;
  uint64_t octets = 0;  // of all records
  uint64_t pages = 0;   // record pages, without the header page
  DirectoryState directory;
  // False if a change that the index may have missed could leave the directory
  // these times.  Then its octets are still true, but its list of names may not
  // be.
  bool settled = false;
  // A number of this file alone.  A crash can leave a page of an older index in
  // a reused block; its checksum does not match this number.
  uint64_t generation = 0;
};

using IndexPage = std::array<char, kIndexPage>;

// Sets the page's checksum; generation is 0 for a header.
void seal_index_page(std::span<char, kIndexPage> page, uint64_t generation);

void encode_index_header(const IndexHeader& header, IndexPage& page);

// nullopt if it is not an index, has another version, is damaged, has more than
// kMostRecords, or does not fit the file's size (bytes).
std::optional<IndexHeader> decode_index_header(
    std::span<const char, kIndexPage> page, uint64_t file_size);

// Fills record pages one after another.
class IndexPageBuilder {
 public:
  // The header gets the same generation.
  explicit IndexPageBuilder(uint64_t generation) : generation_(generation) {
    restart(0);
  }

  // False if the page is full: finish it, restart, add again.  The name is
  // sound (index_name_is_sound).  Does not store the folder.
  [[nodiscard]] bool add(const Message& message);
  [[nodiscard]] const IndexPage& finish();
  // first is the number of the page's first record, counted from 0.
  void restart(uint64_t first);
  [[nodiscard]] uint64_t next() const { return first_ + count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }

 private:
  IndexPage page_;
  uint64_t generation_;
  uint64_t first_ = 0;
  size_t count_ = 0;
  size_t used_ = 0;
};

// Reads a record page, which outlives the view.
class IndexPageView {
 public:
  // nullopt if the page is damaged, of another file, or without a record.
  static std::optional<IndexPageView> open(
      std::span<const char, kIndexPage> page, uint64_t generation);

  [[nodiscard]] uint64_t first() const { return first_; }
  [[nodiscard]] size_t count() const { return count_; }
  // With an empty name if index >= count(), the record does not lie within the
  // page, or its name is not sound: treat the page as damaged.  A NUL follows
  // the name.  The folder is not set.
  [[nodiscard]] Message record(size_t index) const;
  // record(index).octets, without reading the name.
  [[nodiscard]] std::optional<uint64_t> octets(size_t index) const;

 private:
  IndexPageView(std::span<const char, kIndexPage> page, uint64_t first,
                size_t count)
      : page_(page), first_(first), count_(count) {}

  [[nodiscard]] size_t start_of(size_t index) const;

  std::span<const char, kIndexPage> page_;
  uint64_t first_;
  size_t count_;
};

// True for a file name that a message can have: 1 to 255 bytes, no slash, no
// NUL, no leading dot.
bool index_name_is_sound(std::string_view name);

}  // namespace pop3d
