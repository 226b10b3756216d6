// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/stores/account.h"
#include "lib/io/log.h"
#include "lib/process/checkpassword.h"
#include "lib/result.h"

namespace checkpw {

// -p: the account's secret is in the file .password of its Maildir: plain
// text, one password a line, of which any may be the proof.  It replaces what
// the store says.  The Maildir is the account's own, or $MAILDIR, or
// "Maildir", from the home directory.
//
// A child reads it with the account's ids: a regular file of that user, no
// link, closed to others, at most 4 KiB.  Anything else locks the account,
// and log says why.  Without an account the child runs all the same, so that
// it costs alike.  Settles the account's ids.  Errors are temporary; one is a
// child that has no answer within 20 seconds.  A child that cannot even be
// killed (a file system that hangs) is left to init after 2 more.
lib::Status read_dot_password(const char* login,
                              const lib::Credentials& credentials,
                              const lib::Log& log, Lookup& lookup);

}  // namespace checkpw
