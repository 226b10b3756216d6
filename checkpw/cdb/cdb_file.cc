// SPDX-License-Identifier: ISC
// Runs as root: reads a database.
#include "checkpw/cdb/cdb_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "lib/io/io.h"

namespace checkpw {
namespace {

constexpr lib::Error kDamaged{"use a damaged cdb file", 0};

// Fills into.  A file that ends before that is damaged.
lib::Status read_at(int fd, uint64_t at, std::span<char> into) {
  if (lib::read_at(fd, at, into)) return {};
  return errno == 0 ? kDamaged : lib::Error::from_errno("read the cdb file");
}

}  // namespace

lib::Result<StoreFile> open_store(const char* path, int flags) {
  lib::UniqueFd fd(
      open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags));
  if (!fd.valid()) return lib::Error::from_errno("open the file of accounts");
  struct stat status {};
  if (fstat(fd.get(), &status) != 0)
    return lib::Error::from_errno("examine the file of accounts");
  if (!S_ISREG(status.st_mode))
    return lib::Error{"read the file of accounts: not a regular file", 0};
  return StoreFile{std::move(fd), static_cast<uint64_t>(status.st_size)};
}

lib::Result<CdbFile> CdbFile::open(const char* path, int flags) {
  auto file = open_store(path, flags);
  if (!file.ok()) return file.error();
  return CdbFile(std::move(file.value()));
}

lib::Result<bool> CdbFile::find(std::string_view key, CdbData& into) const {
  std::array<char, kCdbPairSize + kCdbKeySize> piece;
  CdbSearch search(key, file_.size);
  while (search.wanted().size > 0) {
    const auto [at, size] = search.wanted();
    const lib::Status status =
        read_at(file_.fd.get(), at, {piece.data(), size});
    if (!status.ok()) return status.error();
    search.take({piece.data(), size});
  }
  if (search.answer() == CdbSearch::Answer::Damaged) return kDamaged;
  if (search.answer() == CdbSearch::Answer::Absent) return false;
  const lib::Status status = read_data(search.data(), into);
  if (!status.ok()) return status.error();
  return true;
}

bool CdbFile::next(uint64_t& at, CdbData& into) const {
  std::array<char, kCdbPairSize> bytes;
  // The first table begins where the records end.
  if (!read_at(file_.fd.get(), 0, bytes).ok()) return false;
  const uint64_t end = unpack_cdb_pair({bytes.data(), bytes.size()}).first;
  if (at >= end || !read_at(file_.fd.get(), at, bytes).ok()) return false;
  const CdbPair sizes = unpack_cdb_pair({bytes.data(), bytes.size()});
  const uint64_t data = at + kCdbPairSize + sizes.first;
  at = data + sizes.second;
  return at <= end && read_data({data, sizes.second}, into).ok();
}

lib::Status CdbFile::read_data(CdbSearch::Piece place, CdbData& into) const {
  into.wipe();
  if (place.size > lib::kLineSize)
    return lib::Error{"use a cdb record: it is too long", 0};
  std::array<char, 1024> piece;
  lib::Status status;
  while (place.size > 0 && status.ok()) {
    const size_t size = std::min(place.size, piece.size());
    status = read_at(file_.fd.get(), place.at, {piece.data(), size});
    into << std::string_view(piece.data(), status.ok() ? size : 0);
    place = {place.at + size, place.size - size};
  }
  explicit_bzero(piece.data(), piece.size());
  return status;
}

}  // namespace checkpw
