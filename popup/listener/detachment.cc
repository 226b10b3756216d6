// SPDX-License-Identifier: ISC
// Runs as root: starts the daemon.
#include "popup/listener/detachment.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "lib/io/deadline.h"
#include "lib/io/io.h"
#include "lib/io/pipe.h"
#include "lib/process/child.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"

namespace popup {

Detachment::Detachment(const lib::Log& log) {
  auto pipe = lib::make_pipe("make a pipe to the daemon");
  if (!pipe.ok()) lib::die(lib::kTemporary, log.program(), pipe.error());
  starter_ = std::move(pipe.value().writing);
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
  if (lib::read_some(pipe.value().reading.get(), {&byte, 1}) == 1)
    _exit(lib::kDone);
  siginfo_t ending{};
  (void)lib::reap_child(daemon, lib::Deadline::never(), ending);
  _exit(ending.si_code == CLD_EXITED ? ending.si_status : lib::kTemporary);
}

void Detachment::ready() {
  const lib::UniqueFd nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : {0, 1, 2}) (void)dup2(nothing.get(), fd);
  (void)lib::write_all(starter_.get(), "+");
  starter_.reset();
}

}  // namespace popup
