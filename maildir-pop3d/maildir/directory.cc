// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace pop3d {
namespace {

// struct linux_dirent64 of getdents64(2), up to the name.
struct Record {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
};
constexpr size_t kNameOffset = 19;

}  // namespace

DirectoryReader::DirectoryReader(int fd, std::span<char> buffer)
    : fd_(fd), buffer_(buffer) {
  if (lseek(fd, 0, SEEK_SET) != 0)
    status_ = lib::Error::from_errno("rewind a directory");
}

bool DirectoryReader::next(Entry& entry) {
  if (!status_.ok()) return false;
  if (at_ == end_) {
    const long got =
        syscall(SYS_getdents64, fd_, buffer_.data(), buffer_.size());
    if (got < 0) status_ = lib::Error::from_errno("read a directory");
    if (got <= 0) return false;
    at_ = 0;
    end_ = static_cast<size_t>(got);
    ++calls_;
    total_ += end_;
  }
  const char* const start = buffer_.data() + at_;
  Record record;
  memcpy(&record, start, kNameOffset);
  at_ += record.length;
  entry = {start + kNameOffset, record.inode, record.type};
  return true;
}

std::optional<uint8_t> type_of(int directory,
                               const DirectoryReader::Entry& entry) {
  if (entry.type != DT_UNKNOWN) return entry.type;
  struct stat file {};
  if (fstatat(directory, entry.name, &file, AT_SYMLINK_NOFOLLOW) == 0)
    return IFTODT(file.st_mode);
  if (errno == ENOENT) return std::nullopt;
  return DT_UNKNOWN;
}

bool may_be_message(int directory, const DirectoryReader::Entry& entry) {
  if (entry.name[0] == '.') return false;
  const uint8_t type = type_of(directory, entry).value_or(DT_UNKNOWN);
  return type == DT_REG || type == DT_UNKNOWN;
}

}  // namespace pop3d
