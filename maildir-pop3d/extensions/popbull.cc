// SPDX-License-Identifier: ISC
#include "maildir-pop3d/extensions/popbull.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "lib/io/io.h"
#include "lib/text/fixed_text.h"
#include "maildir-pop3d/extensions/bulletin_text.h"

namespace pop3d {
namespace {

constexpr const char* kPopbull = ".popbull";

bool is_same_file(int fd, int home) {
  struct stat ours {};
  struct stat theirs {};
  return fstat(fd, &ours) == 0 &&
         fstatat(home, kPopbull, &theirs, AT_SYMLINK_NOFOLLOW) == 0 &&
         ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

}  // namespace

lib::Result<Popbull> open_popbull(int home) {
  constexpr int kFlags =
      O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  Popbull popbull;
  popbull.file.reset(openat(home, kPopbull, kFlags));
  if (!popbull.file.valid() && errno == ENOENT)
    popbull.file.reset(openat(home, kPopbull, kFlags | O_CREAT | O_EXCL, 0600));
  const int fd = popbull.file.get();
  if (fd < 0 && errno == EEXIST) return Popbull{.is_busy = true};
  struct stat file {};
  if (fd < 0 || fstat(fd, &file) != 0)
    return lib::Error::from_errno("open ~/.popbull", kPopbull);
  if (!S_ISREG(file.st_mode))
    return lib::Error{"use ~/.popbull: not a regular file", 0, kPopbull};
  // Somebody may have linked another file here, which would be overwritten.
  if (file.st_nlink != 1)
    return lib::Error{"use ~/.popbull: it has another name", 0, kPopbull};
  // Some file systems have no locks; that is not an error.  If the file was
  // replaced before it was locked, another program is at work.
  const bool is_locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
  popbull.is_busy =
      (!is_locked && errno == EWOULDBLOCK) || !is_same_file(fd, home);
  return popbull;
}

lib::Result<std::optional<uint32_t>> read_popbull(const Popbull& popbull) {
  std::array<char, 64> content;
  const ssize_t got = lib::read_to_end(popbull.file.get(), content);
  if (got < 0 && errno == EMSGSIZE) return std::optional<uint32_t>();
  if (got < 0) return lib::Error::from_errno("read ~/.popbull", kPopbull);
  return parse_popbull({content.data(), static_cast<size_t>(got)});
}

lib::Status write_popbull(const Popbull& popbull, uint32_t number) {
  const int fd = popbull.file.get();
  lib::FixedText<16> line;
  line.number(number) << '\n';
  if (lseek(fd, 0, SEEK_SET) != 0 || !lib::write_all(fd, line.view()) ||
      ftruncate(fd, static_cast<off_t>(line.size())) != 0 || fsync(fd) != 0)
    return lib::Error::from_errno("write ~/.popbull", kPopbull);
  return {};
}

}  // namespace pop3d
