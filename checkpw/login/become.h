// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/stores/account.h"
#include "lib/result.h"

namespace checkpw {

// Runs as root: gives this process the account's groups, gid and uid, for good
// (lib/process/privileges.h).  login is the account's name for the system's
// group file.  If that file puts the account into group 0, this group is left
// out and the log gets a warning: files of root are often open to root's group.
lib::Status become_account(const char* login, const Account& account,
                           const lib::Log& log);

// After become_account(): makes the account's home the current directory, then
// sets USER, LOGNAME, HOME and SHELL, MAILDIR if the account names one,
// VPOPUSER for an account of vpopmail, and with export_ids UID and GID.  The
// rest of the environment stays.  Fails only if the home cannot be entered.
lib::Status enter_home(const char* login, const Account& account,
                       bool export_ids);

}  // namespace checkpw
