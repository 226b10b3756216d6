// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <csignal>

#include "lib/io/deadline.h"

// Runs as root: waits for the end of a process that the broker has started.
// No pidfd is needed, which kernels before Linux 5.3 and some containers lack.
namespace popup {

// True once the child has ended; it stays to be reaped.
bool has_ended(pid_t child);

// Waits for the end of the child and reaps it: ending is what waitid(2) says.
// False if it still runs at the deadline.
bool reap(pid_t child, lib::Deadline deadline, siginfo_t& ending);

// The same after SIGKILL.  A process that hangs in the kernel (a network file
// system, a tracer) does not die of it: false after so many seconds.  It is
// left to init.
constexpr int kKillSeconds = 3;
bool kill_and_reap(pid_t child, siginfo_t& ending);

}  // namespace popup
