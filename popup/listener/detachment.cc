// SPDX-License-Identifier: ISC
// Runs as root: starts the daemon.
#include "popup/listener/detachment.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "lib/io/io.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"

namespace popup {

Detachment::Detachment(const lib::Log& log) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    lib::die(lib::kTemporary, log.program(),
             lib::Error::from_errno("make a pipe to the daemon"));
  const lib::UniqueFd reading(ends[0]);
  starter_.reset(ends[1]);
  const pid_t daemon = fork();
  if (daemon < 0)
    lib::die(lib::kTemporary, log.program(),
             lib::Error::from_errno("fork the daemon"));
  if (daemon == 0) {
    setsid();
    return;
  }
  starter_.reset();
  char byte = 0;
  if (lib::read_some(reading.get(), {&byte, 1}) == 1) _exit(lib::kDone);
  int status = 0;
  while (waitpid(daemon, &status, 0) < 0 && errno == EINTR) {
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : lib::kTemporary);
}

void Detachment::ready() {
  const lib::UniqueFd nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : {0, 1, 2}) (void)dup2(nothing.get(), fd);
  (void)lib::write_all(starter_.get(), "+");
  starter_.reset();
}

}  // namespace popup
