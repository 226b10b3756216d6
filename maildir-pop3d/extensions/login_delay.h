// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>

#include "lib/result.h"

namespace pop3d {

// --login-delay (RFC 2449 section 6.5).  True if the session may begin: the
// last session that was let in on this Maildir began at least so many seconds
// ago.  Then this session is the last one from now on.  Its time is the mtime
// of the file maildir-pop3d.login in the Maildir; a time in the future does not
// count.  If sessions begin at once, one of them is let in.  An error means
// that the file cannot be used.
lib::Result<bool> may_begin(int maildir, int64_t seconds);

}  // namespace pop3d
