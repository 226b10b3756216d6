// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <csignal>

#include "lib/io/deadline.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"

// Runs as root: pipes to the processes that the broker starts, and waiting for
// their end.  It needs no pidfd, which kernels before Linux 5.3 and some
// containers lack.
namespace popup {

struct Pipe {
  lib::UniqueFd reading;
  lib::UniqueFd writing;
};
// Both ends are close-on-exec; flags are further flags of pipe2(2).  doing is
// the text of the error.
lib::Result<Pipe> make_pipe(const char* doing, int flags = 0);

// True once the child has ended.  It still has to be reaped.
bool has_ended(pid_t child);

// Waits for the end of the child and reaps it: ending is what waitid(2) says.
// False if it still runs at the deadline.
bool reap_child(pid_t child, lib::Deadline deadline, siginfo_t& ending);

// Sends SIGKILL, then does the same for at most kKillSeconds.  A process that
// hangs in the kernel (a network file system, a tracer) does not die of
// SIGKILL: then the result is false, and the process is left to init.
constexpr int kKillSeconds = 3;
bool kill_and_reap(pid_t child, siginfo_t& ending);

}  // namespace popup
