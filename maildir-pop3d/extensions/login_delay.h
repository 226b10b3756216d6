// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>

#include "lib/result.h"

namespace pop3d {

// --login-delay (RFC 2449 section 6.5).  True if the session may begin, because
// the last one that was let in on this Maildir began at least so many seconds
// ago.  Then records that this one begins now, as the mtime of the file
// maildir-pop3d.login in the Maildir.  A time in the future does not count.  If
// several sessions begin at once, only one of them is let in.  An error means
// that the file cannot be used.
lib::Result<bool> may_begin(int maildir, int64_t seconds);

}  // namespace pop3d
