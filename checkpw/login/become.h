// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/stores/account.h"
#include "lib/result.h"

namespace checkpw {

// Runs as root: turns this process into the account, for good: its groups,
// gid and uid (lib/process/privileges.h).  Group 0, where the system's group
// file gives it to the account, is left out with a line in the log: root's
// files are often open to root's group.
lib::Status become_account(const char* login, const Account& account,
                           const lib::Log& log);

// After become_account(): makes the account's home the current directory, then
// sets USER, LOGNAME, HOME, SHELL, MAILDIR where the account names one,
// VPOPUSER for one of vpopmail's, and with export_ids UID and GID.  Everything
// else in the environment stays.  Fails only if the home cannot be entered.
lib::Status enter_home(const char* login, const Account& account,
                       bool export_ids);

}  // namespace checkpw
