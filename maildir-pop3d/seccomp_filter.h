// SPDX-License-Identifier: ISC
#pragma once

#include "lib/result.h"

namespace pop3d {

// --seccomp: from now on any system call kills this process by SIGSYS, except
// those that a session, its UPDATE state and --check need after everything is
// open.  If syslog is true, the calls by which the C library connects to a
// restarted syslog are allowed, too.  After an error, which builds with
// sanitizers always return, all calls are still allowed.
lib::Status install_seccomp_filter(bool syslog);

}  // namespace pop3d
