// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <string_view>

namespace popup {

// True if process certainly still runs the program that a process of real uid
// own_uid started with argv: it has neither become the user nor the next
// program.  process is a child that has not been reaped.  If own_uid is root,
// the uid alone decides, because whoever has logged in is not root any more;
// otherwise the command line decides.  False if /proc does not tell, or if the
// process has children or threads: it may be waiting for a session that it has
// started.
bool still_runs(pid_t process, char* const* argv, uid_t own_uid);

// Pure: true if held, the content of /proc/PID/cmdline, is argv, or an
// interpreter whose script is argv[0].  Once the checker execs the next
// program, argv[0] no longer matches.
bool is_command_line(std::string_view held, char* const* argv);

}  // namespace popup
