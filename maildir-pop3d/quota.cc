// SPDX-License-Identifier: ISC
#include "maildir-pop3d/quota.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "lib/fixed_text.h"
#include "lib/unique_fd.h"
#include "maildir-pop3d/filename.h"

namespace pop3d {

void QuotaChange::remove(std::string_view name, uint64_t file_size) {
  if (has_flag(name, 'T')) return;
  bytes_ += size_hints(unique_part(name)).bytes.value_or(file_size);
  ++count_;
}

lib::Status append_to_quota(int maildir, const QuotaChange& change) {
  if (change.count() == 0) return {};
  const lib::UniqueFd file(openat(
      maildir, "maildirsize",
      O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.valid()) {
    if (errno == ENOENT) return {};
    return lib::Error::from_errno("open maildirsize");
  }
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return lib::Error{"write maildirsize: no regular file", 0};
  lib::FixedText<64> line;
  line << '-';
  line.number(change.bytes()) << " -";
  line.number(change.count()) << '\n';
  const std::string_view text = line.view();
  const ssize_t wrote = write(file.get(), text.data(), text.size());
  if (wrote != static_cast<ssize_t>(text.size()))
    return lib::Error::from_errno("write maildirsize");
  return {};
}

}  // namespace pop3d
