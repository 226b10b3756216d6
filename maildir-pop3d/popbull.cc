// SPDX-License-Identifier: ISC
#include "maildir-pop3d/popbull.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "lib/io.h"
#include "maildir-pop3d/bulletin_text.h"

namespace pop3d {
namespace {

constexpr const char* kPopbull = ".popbull";

lib::Error cannot_write() {
  return lib::Error::from_errno("write ~/.popbull", kPopbull);
}

bool is_same_file(int fd, int home) {
  struct stat ours {};
  struct stat theirs {};
  return fstat(fd, &ours) == 0 &&
         fstatat(home, kPopbull, &theirs, AT_SYMLINK_NOFOLLOW) == 0 &&
         ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

}  // namespace

lib::Result<Popbull> open_popbull(int home) {
  Popbull popbull;
  popbull.file.reset(openat(
      home, kPopbull, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  const int fd = popbull.file.get();
  if (fd < 0 && errno == ENOENT) return popbull;
  struct stat file {};
  if (fd < 0 || fstat(fd, &file) != 0)
    return lib::Error::from_errno("open ~/.popbull", kPopbull);
  if (!S_ISREG(file.st_mode))
    return lib::Error{"use ~/.popbull: not a regular file", 0, kPopbull};
  popbull.found = Popbull::Found::Yes;
  // A file system without locks has to do without; one that was replaced
  // before it was locked is another session's work.
  const bool is_locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
  if ((!is_locked && errno == EWOULDBLOCK) || !is_same_file(fd, home))
    popbull.found = Popbull::Found::Busy;
  return popbull;
}

lib::Result<std::optional<uint32_t>> read_popbull(const Popbull& popbull) {
  if (popbull.found == Popbull::Found::No) return std::optional<uint32_t>();
  std::array<char, 64> content;
  const ssize_t got = lib::read_to_end(popbull.file.get(), content);
  if (got < 0 && errno == EMSGSIZE) return std::optional<uint32_t>();
  if (got < 0) return lib::Error::from_errno("read ~/.popbull", kPopbull);
  return parse_popbull({content.data(), static_cast<size_t>(got)});
}

NextPopbull::NextPopbull(int home) : home_(home) {
  (name_ << kPopbull << '.').number(static_cast<uint64_t>(getpid()));
}

NextPopbull::~NextPopbull() {
  if (file_.valid()) (void)unlinkat(home_, name_.c_str(), 0);
}

lib::Status NextPopbull::write(uint32_t number) {
  constexpr int kCreate = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  if (!file_.valid()) {
    (void)unlinkat(home_, name_.c_str(), 0);
    file_.reset(openat(home_, name_.c_str(), kCreate, 0600));
  }
  const int fd = file_.get();
  lib::FixedText<16> line;
  line.number(number) << '\n';
  if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0 ||
      !lib::write_all(fd, line.view()) ||
      ftruncate(fd, static_cast<off_t>(line.size())) != 0 || fsync(fd) != 0)
    return cannot_write();
  return {};
}

lib::Status NextPopbull::put_in_place() {
  if (renameat(home_, name_.c_str(), home_, kPopbull) != 0)
    return cannot_write();
  file_.reset();
  return {};
}

}  // namespace pop3d
