// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

// The bytes of an index file (doc/index-format.md): a header page, then
// record pages in session order.  Pure: spans in, values out; whatever the
// bytes are, nothing outside them is read.  All numbers are little-endian.
namespace pop3d {

constexpr size_t kIndexPage = 4096;
constexpr size_t kLongestName = 255;  // NAME_MAX
constexpr uint64_t kMostRecords = uint64_t{1} << 32U;

// The state of a directory that an index describes: unchanged means all
// equal.  Times are nanoseconds since the epoch.
struct DirectoryState {
  uint64_t inode = 0;
  int64_t mtime = 0;
  int64_t ctime = 0;

  bool operator==(const DirectoryState&) const = default;
};

struct IndexHeader {
  uint64_t records = 0;
  uint64_t octets = 0;  // of all records
  uint64_t pages = 0;   // record pages, without the header's
  DirectoryState directory;
  // False: the directory had changed so shortly before it was read that a
  // later change could bear the same times; then only names and octets count.
  bool settled = false;
  // Of this one file; a page of another index, which a crash can leave in a
  // reused block, does not pass for one of this.
  uint64_t generation = 0;
};

// One message.  name is the file's, flags included; in a record that was read
// from a page a NUL stands behind it.
struct IndexRecord {
  std::string_view name;
  uint64_t inode = 0;
  uint64_t octets = 0;       // as RETR sends it
  uint32_t fingerprint = 0;  // of the file when octets were counted

  bool operator==(const IndexRecord&) const = default;
};

using IndexPage = std::array<char, kIndexPage>;

// Puts the page's checksum in place; generation is 0 for a header.
void seal_index_page(std::span<char, kIndexPage> page, uint64_t generation);

void encode_index_header(const IndexHeader& header, IndexPage& page);

// nullopt: not an index, of another version, damaged, of more than
// kMostRecords, or at odds with file_size (bytes).
std::optional<IndexHeader> decode_index_header(
    std::span<const char, kIndexPage> page, uint64_t file_size);

// Fills record pages one after another.
class IndexPageBuilder {
 public:
  // generation: as in the header that will stand in front.
  explicit IndexPageBuilder(uint64_t generation) : generation_(generation) {
    restart(0);
  }

  // False where the page is full: finish it, restart, add again.  The name is
  // sound (index_name_is_sound).
  [[nodiscard]] bool add(const IndexRecord& record);
  [[nodiscard]] const IndexPage& finish();
  // first: the number of the page's first record, counted from 0.
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

// Reads a record page that outlives the view.
class IndexPageView {
 public:
  // nullopt: damaged, of another file, or no record in it.
  static std::optional<IndexPageView> open(
      std::span<const char, kIndexPage> page, uint64_t generation);

  [[nodiscard]] uint64_t first() const { return first_; }
  [[nodiscard]] size_t count() const { return count_; }
  // nullopt where index >= count(), the record does not lie within the page,
  // or its name is not sound: treat the page as damaged.
  [[nodiscard]] std::optional<IndexRecord> record(size_t index) const;
  // The same without a look at the name.
  [[nodiscard]] std::optional<uint64_t> octets(size_t index) const;

 private:
  IndexPageView(std::span<const char, kIndexPage> page, uint64_t first,
                size_t count)
      : page_(page), first_(first), count_(count) {}

  [[nodiscard]] size_t place_of(size_t index) const;

  std::span<const char, kIndexPage> page_;
  uint64_t first_;
  size_t count_;
};

// A file name that a message can have: 1 to 255 bytes, no slash, no NUL, no
// leading dot.
bool index_name_is_sound(std::string_view name);

}  // namespace pop3d
