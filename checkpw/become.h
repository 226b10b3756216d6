// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/account.h"
#include "lib/result.h"

namespace checkpw {

// Runs as root: turns this process into the account, for good: its groups,
// gid and uid (lib/privileges.h), then its home as current directory, then
// USER, LOGNAME, HOME, SHELL, MAILDIR where the account names one, VPOPUSER for
// one of vpopmail's, and with export_ids UID and GID.  Everything else in the
// environment stays.
lib::Status become(const char* login, const Account& account, bool export_ids);

}  // namespace checkpw
