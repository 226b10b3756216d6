// SPDX-License-Identifier: ISC
#include "lib/process/sandbox.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "lib/io/unique_fd.h"
#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

namespace {

constexpr int kUnknown = 3;

// Runs a child confined to a directory of its own. It exits 1 if its calls work
// there and fail elsewhere, 2 if not, kUnknown without Landlock.
int confined() {
  const unit::TemporaryDirectory scratch({});
  const lib::UniqueFd own(
      open(scratch.path().c_str(), O_DIRECTORY | O_CLOEXEC));
  const pid_t child = fork();
  if (child == 0) {
    const int directory = own.get();
    if (!lib::confine_to({&directory, 1}).ok()) _exit(kUnknown);
    const bool works =
        openat(directory, "a", O_CREAT | O_RDWR | O_CLOEXEC, 0600) >= 0 &&
        renameat(directory, "a", directory, "b") == 0 &&
        unlinkat(directory, "b", 0) == 0;
    errno = 0;
    const bool is_shut = open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 &&
                         errno == EACCES && mkdirat(directory, "d", 0700) != 0;
    execl("/bin/true", "true", nullptr);
    _exit(works && is_shut && errno == EACCES ? 1 : 2);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST(a_confined_process_can_use_only_its_directories) {
#ifdef POPCHAIN_SANITIZED
  CHECK(lib::confine_to({}).ok());
#else
  const int code = confined();
  if (code == kUnknown)
    NOT_SHOWN("confinement: this kernel has no Landlock");
  else
    CHECK_EQUAL(code, 1);
#endif
}
