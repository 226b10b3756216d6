// SPDX-License-Identifier: ISC
// Never runs as root: checkpw-mkdb has no client.
#include "checkpw/cdb/replacement.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace checkpw {
namespace {

std::string temporary_name(const std::string& path) {
  return path + ".tmp";
}

std::string resolve(const char* path) {
  char* real = realpath(path, nullptr);
  std::string resolved = real != nullptr ? real : path;
  free(real);  // NOLINT: realpath's
  return resolved;
}

constexpr lib::Error kBusy{
    "lock the temporary file: another checkpw-mkdb is running"};

// Another writer may have renamed the file between our open and our lock.
bool is_still(const std::string& path, int fd) {
  struct stat open_file {};
  struct stat named {};
  return fstat(fd, &open_file) == 0 && lstat(path.c_str(), &named) == 0 &&
         S_ISREG(open_file.st_mode) && open_file.st_ino == named.st_ino &&
         open_file.st_dev == named.st_dev;
}

lib::Result<lib::UniqueFd> open_locked(const std::string& path) {
  for (int tries = 0; tries < 10; ++tries) {
    lib::UniqueFd fd(
        open(path.c_str(),
             O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
             0600));
    if (!fd.valid()) return lib::Error::from_errno("make the temporary file");
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
      return errno == EWOULDBLOCK
                 ? kBusy
                 : lib::Error::from_errno("lock the temporary file");
    if (is_still(path, fd.get())) return fd;
  }
  return kBusy;
}

// Gives the file owner, group and mode of the old one.  chown comes before
// chmod, so that nobody else may read the file meanwhile.
lib::Status take_after(const std::string& path, int fd) {
  struct stat old {};
  const bool exists = stat(path.c_str(), &old) == 0;
  if (!exists && errno != ENOENT)
    return lib::Error::from_errno("examine the old file");
  if (exists && !S_ISREG(old.st_mode))
    return lib::Error{"replace a file that is not regular", 0};
  if (fchmod(fd, 0600) != 0)
    return lib::Error::from_errno("set the file's mode");
  if (exists && fchown(fd, old.st_uid, old.st_gid) != 0)
    return lib::Error::from_errno("give the file its old owner and group");
  if (exists && fchmod(fd, old.st_mode & 0777) != 0)
    return lib::Error::from_errno("set the file's mode");
  return {};
}

lib::Status sync_folder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const lib::UniqueFd fd(
      open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // EINVAL: the file system cannot sync a directory.
  if (!fd.valid() || (fsync(fd.get()) != 0 && errno != EINVAL))
    return lib::Error::from_errno("flush the directory to the disk");
  return {};
}

}  // namespace

lib::Result<Replacement> Replacement::open(const char* path) {
  std::string resolved = resolve(path);
  auto fd = open_locked(temporary_name(resolved));
  if (!fd.ok()) return fd.error();
  Replacement replacement(std::move(resolved), std::move(fd.value()));
  const lib::Status status =
      take_after(replacement.path_, replacement.fd_.get());
  if (!status.ok()) return status.error();
  if (ftruncate(replacement.fd(), 0) != 0)
    return lib::Error::from_errno("empty the temporary file");
  return replacement;
}

Replacement::~Replacement() {
  if (fd_.valid()) unlink(temporary_name(path_).c_str());
}

lib::Status Replacement::keep() {
  if (fsync(fd_.get()) != 0)
    return lib::Error::from_errno("flush the file to the disk");
  if (rename(temporary_name(path_).c_str(), path_.c_str()) != 0)
    return lib::Error::from_errno("put the file in its place");
  fd_.reset();
  return sync_folder(path_);
}

}  // namespace checkpw
