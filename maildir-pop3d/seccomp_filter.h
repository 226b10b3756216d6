// SPDX-License-Identifier: ISC
#pragma once

#include "lib/result.h"

namespace pop3d {

// --seccomp: from now on this process can make no system calls but those that
// a session, its UPDATE state and --check need once everything is open; any
// other ends it by SIGSYS.  With syslog also those by which the C library
// connects to a syslog that was restarted.  An error, which builds with
// sanitizers always return, leaves everything allowed: for the log.
lib::Status forbid_other_system_calls(bool syslog);

}  // namespace pop3d
