// SPDX-License-Identifier: ISC
// May run as root (popup).
#include "lib/trace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lib {

Result<UniqueFd> open_trace_file(const char* path) {
  // O_NONBLOCK: a FIFO must not hold the program up before it is refused.
  UniqueFd file(open(path,
                     O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
                         O_CLOEXEC | O_NOCTTY,
                     0600));
  if (!file.valid()) return Error::from_errno("open the trace file");
  struct stat status {};
  if (fstat(file.get(), &status) != 0)
    return Error::from_errno("examine the trace file");
  if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
      status.st_nlink != 1)
    return Error{"use the trace file: not a regular file of one's own"};
  return file;
}

}  // namespace lib
