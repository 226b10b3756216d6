// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/account.h"
#include "lib/result.h"

namespace checkpw {

// Runs as root: turns this process into the account, for good: its groups,
// gid and uid (lib/privileges.h), then its home as current directory, then
// USER, LOGNAME, HOME, SHELL, MAILDIR where the account names one, VPOPUSER for
// one of vpopmail's, and with export_ids UID and GID.  Everything else in the
// environment stays.  Group 0, where the system's group file gives it to the
// account, is left out with a line in the log: root's files are often open to
// root's group.
lib::Status become(const char* login, const Account& account, bool export_ids,
                   const lib::Log& log);

}  // namespace checkpw
