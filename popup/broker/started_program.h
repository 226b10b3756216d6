// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <string_view>

namespace popup {

// True where process, a child that has not been waited for, is known to be
// the program that was started with argv by a process of real uid own_uid,
// and neither the user nor the next program yet.  Where own_uid is root's,
// the uid tells: whoever has logged in is no longer root.  Otherwise the
// command line does.  False where /proc does not tell, and of a process with
// children or threads: it may be waiting for a session that it has started.
bool is_still(pid_t process, char* const* argv, uid_t own_uid);

// The same of what /proc/PID/cmdline holds, pure: argv, or an interpreter
// with argv[0] as its script.  A program that argv names further on has lost
// argv[0].
bool is_command_line(std::string_view held, char* const* argv);

}  // namespace popup
