// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>

#include "lib/result.h"

namespace pop3d {

// --login-delay (RFC 2449 section 6.5): whether the last session on this
// Maildir that was let in began at least so many seconds ago; if so, this one
// is the last from now on.  The file maildir-pop3d.login in the Maildir
// remembers by its mtime; a time in the future counts as none, and of sessions
// that begin together one is let in.  An error: the file cannot be kept.
lib::Result<bool> may_begin(int maildir, int64_t seconds);

}  // namespace pop3d
