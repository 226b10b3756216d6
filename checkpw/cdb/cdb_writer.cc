// SPDX-License-Identifier: ISC
// Never runs as root: checkpw-mkdb has no client.
#include "checkpw/cdb/cdb_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "checkpw/cdb/cdb.h"
#include "lib/io/io.h"
#include "lib/text/byte_order.h"

namespace checkpw {

// Writes zeros in the header's place.
CdbWriter::CdbWriter(int fd) : fd_(fd) {
  memset(buffer_.data(), 0, kCdbHeaderSize);
  used_ = position_ = kCdbHeaderSize;
}

CdbWriter::~CdbWriter() {
  explicit_bzero(buffer_.data(), buffer_.size());
}

lib::Status CdbWriter::add(std::string_view key, std::string_view data,
                           uint32_t line) {
  records_.push_back({cdb_hash(key), static_cast<uint32_t>(position_), line});
  lib::Status status = append_pairs(
      {static_cast<uint32_t>(key.size()), static_cast<uint32_t>(data.size())});
  if (status.ok()) status = append(key);
  if (status.ok()) status = append(data);
  return status;
}

lib::Status CdbWriter::append_pairs(std::initializer_list<uint32_t> numbers) {
  lib::Status status;
  for (const uint32_t number : numbers) {
    std::array<char, sizeof number> bytes;
    lib::store_little_endian(bytes, 0, number);
    if (status.ok()) status = append({bytes.data(), bytes.size()});
  }
  return status;
}

lib::Status CdbWriter::append(std::string_view bytes) {
  position_ += bytes.size();
  if (position_ > UINT32_MAX) return lib::Error{"write the cdb file", EFBIG};
  while (!bytes.empty()) {
    const size_t size = std::min(bytes.size(), buffer_.size() - used_);
    memcpy(buffer_.data() + used_, bytes.data(), size);
    used_ += size;
    bytes.remove_prefix(size);
    if (used_ < buffer_.size()) continue;
    const lib::Status status = flush();
    if (!status.ok()) return status;
  }
  return {};
}

lib::Status CdbWriter::flush() {
  if (!lib::write_all(fd_, {buffer_.data(), used_}))
    return lib::Error::from_errno("write the cdb file");
  used_ = 0;
  return {};
}

lib::Result<std::optional<CdbWriter::Duplicate>> CdbWriter::finish() {
  // same_key reads the keys from the file.
  lib::Status status = flush();
  if (!status.ok()) return status.error();
  std::ranges::sort(records_, {}, [](const Record& record) {
    return uint64_t{record.hash % 256} << 32 | record.position;
  });
  size_t first = 0;
  for (size_t table = 0; table < 256; ++table) {
    size_t last = first;
    while (last < records_.size() && records_[last].hash % 256 == table) ++last;
    header_[2 * table] = static_cast<uint32_t>(position_);
    header_[2 * table + 1] = static_cast<uint32_t>(2 * (last - first));
    auto added = add_table(first, last);
    if (!added.ok() || added.value()) return added;
    first = last;
  }
  status = flush();
  if (status.ok()) status = write_header();
  if (!status.ok()) return status.error();
  return std::optional<Duplicate>();
}

lib::Result<std::optional<CdbWriter::Duplicate>> CdbWriter::add_table(
    size_t first, size_t last) {
  slots_.assign(2 * (last - first), {});
  for (size_t i = first; i < last; ++i) {
    const Record& mine = records_[i];
    size_t at = mine.hash / 256 % slots_.size();
    for (; slots_[at].position != 0; at = (at + 1) % slots_.size()) {
      const auto same = same_key(slots_[at], mine);
      if (!same.ok()) return same.error();
      if (same.value())
        return std::optional(Duplicate{slots_[at].line, mine.line});
    }
    slots_[at] = mine;
  }
  lib::Status status;
  for (const Record& slot : slots_)
    if (status.ok()) status = append_pairs({slot.hash, slot.position});
  if (!status.ok()) return status.error();
  return std::optional<Duplicate>();
}

// Different keys seldom have the same hash, so this seldom reads the file.
lib::Result<bool> CdbWriter::same_key(const Record& a, const Record& b) const {
  if (a.hash != b.hash) return false;
  Key one;
  Key other;
  lib::Status status = read_key(a, one);
  if (status.ok()) status = read_key(b, other);
  if (!status.ok()) return status.error();
  return one.view() == other.view();
}

lib::Status CdbWriter::read_key(const Record& record, Key& into) const {
  std::array<char, kCdbPairSize + kCdbKeySize> bytes;
  const ssize_t got = pread(fd_, bytes.data(), bytes.size(), record.position);
  if (got < static_cast<ssize_t>(kCdbPairSize))
    return lib::Error::from_errno("read the cdb file");
  const std::string_view head(bytes.data(), static_cast<size_t>(got));
  into << head.substr(kCdbPairSize, unpack_cdb_pair(head).first);
  explicit_bzero(bytes.data(), bytes.size());  // data may follow the key
  return {};
}

lib::Status CdbWriter::write_header() {
  std::array<char, kCdbHeaderSize> bytes;
  for (size_t i = 0; i < header_.size(); ++i)
    lib::store_little_endian(bytes, 4 * i, header_[i]);
  if (pwrite(fd_, bytes.data(), bytes.size(), 0) !=
      static_cast<ssize_t>(bytes.size()))
    return lib::Error::from_errno("write the cdb file");
  return {};
}

}  // namespace checkpw
