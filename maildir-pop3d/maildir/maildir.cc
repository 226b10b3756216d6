// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/maildir.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "lib/io/io.h"
#include "lib/text/fixed_text.h"

namespace pop3d {
namespace {

// Leaves into empty if there is no such directory.
lib::Status open_directory(int parent, const char* name, const char* doing,
                           lib::UniqueFd& into) {
  into.reset(openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!into.valid() && errno != ENOENT) return lib::Error::from_errno(doing);
  return {};
}

}  // namespace

bool rename_no_replace(int from, const char* name, int to,
                       const char* new_name) {
  if (syscall(SYS_renameat2, from, name, to, new_name, RENAME_NOREPLACE) == 0)
    return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  // The file system cannot do that.  A link never replaces a file either.
  if (linkat(from, name, to, new_name, 0) == 0)
    return unlinkat(from, name, 0) == 0;
  if (errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK) return false;
  // Not faccessat, which follows symlinks before Linux 5.8.
  struct stat there {};
  if (fstatat(to, new_name, &there, AT_SYMLINK_NOFOLLOW) == 0) errno = EEXIST;
  return errno == ENOENT && renameat(from, name, to, new_name) == 0;
}

lib::UniqueFd create_unnamed_file(int directory, std::string_view purpose) {
  lib::UniqueFd file(
      openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.valid()) return file;
  constexpr int kCreate = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  lib::FixedText<64> name;
  (name << "maildir-pop3d." << purpose << '.')
      .number(static_cast<uint64_t>(getpid()));
  file.reset(openat(directory, name.c_str(), kCreate, 0600));
  if (file.valid()) (void)unlinkat(directory, name.c_str(), 0);
  return file;
}

lib::Result<std::string_view> read_chunk(const OpenMessage& message,
                                         uint64_t at, std::span<char> into) {
  into = into.first(std::min<uint64_t>(into.size(), message.size - at));
  if (lib::read_at(message.fd.get(), at, into))
    return std::string_view(into.data(), into.size());
  if (errno == 0) return lib::Error{"read a message that became shorter", 0};
  return lib::Error::from_errno("read a message");
}

lib::Result<Maildir> Maildir::open(const char* path) {
  Maildir maildir;
  maildir.user_ = geteuid();
  maildir.root_.reset(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const int root = maildir.root();
  if (root < 0) return lib::Error::from_errno("open the Maildir");
  auto& [fresh, seen] = maildir.folders_;
  for (const lib::Status& status :
       {open_directory(root, "new", "open new/ in the Maildir", fresh),
        open_directory(root, "cur", "open cur/ in the Maildir", seen)})
    if (!status.ok()) return status.error();
  if (!fresh.valid() && !seen.valid())
    return lib::Error{"find new/ or cur/ in the Maildir", ENOTDIR};
  // tmp/ is only swept and written to after QUIT: a session works without it.
  (void)open_directory(root, "tmp", "open tmp/ in the Maildir", maildir.tmp_)
      .ok();
  return maildir;
}

lib::Status Maildir::lock() {
  if (flock(root(), LOCK_EX | LOCK_NB) != 0)
    return lib::Error::from_errno("lock the Maildir");
  locked_ = true;
  return {};
}

void Maildir::unlock() {
  if (std::exchange(locked_, false)) (void)flock(root(), LOCK_UN);
}

lib::Result<OpenMessage> Maildir::open_file(Folder in, const char* name) const {
  constexpr int kFlags =
      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  constexpr lib::Error kNotRegular{"open a message: it is not a regular file"};
  OpenMessage message;
  message.fd.reset(openat(folder(in), name, kFlags));
  struct stat file {};
  if (!message.fd.valid() || fstat(message.fd.get(), &file) != 0) {
    // A symlink or a socket.
    if (errno == ELOOP || errno == ENXIO) return kNotRegular;
    return lib::Error::from_errno("open a message");
  }
  if (!S_ISREG(file.st_mode)) return kNotRegular;
  message.inode = file.st_ino;
  message.size = static_cast<uint64_t>(file.st_size);
  message.fingerprint = fingerprint_of(file);
  return message;
}

bool Maildir::look_at(Folder in, const char* name, struct stat& file) const {
  return fstatat(folder(in), name, &file, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace pop3d
