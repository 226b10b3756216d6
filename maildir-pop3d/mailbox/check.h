// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>

#include "lib/result.h"
#include "maildir-pop3d/mailbox/uidl_list.h"
#include "maildir-pop3d/maildir/maildir.h"

namespace pop3d {

// --check: reads every message and compares what it finds with what a session
// would say.  Prints on descriptor 1 a line for each directory, a line for each
// difference, and the number of differences, which it also returns.
//
// Differences are: wrong octets in an index or a name; a file that is missing
// in a current index, or only there; a damaged index; a file that cannot be
// read; a list of unique ids that cannot be used; a unique id that several
// messages have.  These are not: an index that is absent or outdated; a file
// that is renamed or removed meanwhile; an entry that is not a file, which is
// printed.
lib::Result<size_t> check(Maildir& maildir, UidlList& list);

}  // namespace pop3d
