// SPDX-License-Identifier: ISC
#include "maildir-pop3d/extensions/login_delay.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>

#include "lib/io/unique_fd.h"

namespace pop3d {

lib::Result<bool> may_begin(int maildir, int64_t seconds) {
  constexpr const char* kName = "maildir-pop3d.login";
  constexpr int kFlags =
      O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  bool is_first = false;
  lib::UniqueFd file(openat(maildir, kName, kFlags));
  if (!file.valid() && errno == ENOENT) {
    is_first = true;
    file.reset(openat(maildir, kName, kFlags | O_CREAT, 0600));
  }
  struct stat status {};
  if (!file.valid() || fstat(file.get(), &status) != 0)
    return lib::Error::from_errno("keep maildir-pop3d.login");
  if (!S_ISREG(status.st_mode))
    return lib::Error{"keep maildir-pop3d.login: it is not a regular file", 0};
  // If another session has the lock, it begins just now.
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) return false;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  // A session that had the lock before may have set the time.
  if (fstat(file.get(), &status) != 0)
    return lib::Error::from_errno("keep maildir-pop3d.login");
  const int64_t age = now.tv_sec - status.st_mtim.tv_sec;
  if (!is_first && age >= 0 && age < seconds) return false;
  const timespec times[] = {now, now};
  if (futimens(file.get(), times) != 0)
    return lib::Error::from_errno("keep maildir-pop3d.login");
  return true;
}

}  // namespace pop3d
