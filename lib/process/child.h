// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <csignal>

#include "lib/io/deadline.h"

// May run as root: waiting for the end of a child.  It needs no pidfd, which
// kernels before Linux 5.3 and some containers lack.  SIGCHLD must not be
// ignored: the kernel would keep no status.
namespace lib {

// Waits for the end of the child and reaps it: ending is what waitid(2) says.
// Also true if we have no such child; si_code is 0 then.  False if the child
// still runs at the deadline.
bool reap_child(pid_t child, Deadline deadline, siginfo_t& ending);

// Sends SIGKILL, then does the same for at most kKillSeconds.  A process that
// hangs in the kernel (a network file system, a tracer) does not die of
// SIGKILL: then the result is false, and the process is left to init.
constexpr int kKillSeconds = 3;
bool kill_and_reap(pid_t child, siginfo_t& ending);

}  // namespace lib
