// SPDX-License-Identifier: ISC
#pragma once

#include <string>

#include "checkpw/stores/account.h"
#include "lib/io/log.h"
#include "lib/process/checkpassword.h"
#include "lib/result.h"

namespace checkpw {

// The Maildir that the account names, or $MAILDIR, or "Maildir"; relative to
// the home directory.
std::string maildir_of(const Account& account);

// -p: replaces the secret of the store by that in the file .password of the
// account's Maildir.  The file is plain text with one password a line, and each
// of them is accepted.
//
// A child with the account's ids reads the file.  It must be a regular file of
// that user, not a link, closed to others, of at most 4 KiB; otherwise the
// account is locked and the log says why.  Without an account the child runs
// all the same, so that every login costs alike.  Resolves the account's ids.
// Errors are temporary; one is a child without an answer within 20 seconds.  A
// child that cannot even be killed (its file system hangs) is left to init 2
// seconds later.
lib::Status read_dot_password(const char* login,
                              const lib::Credentials& credentials,
                              const lib::Log& log, Lookup& lookup);

}  // namespace checkpw
