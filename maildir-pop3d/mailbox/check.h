// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>

#include "lib/result.h"
#include "maildir-pop3d/mailbox/uidl_list.h"
#include "maildir-pop3d/maildir/maildir.h"

namespace pop3d {

// --check: reads every message, and prints on descriptor 1 one line for each
// directory, one for each difference between what is true and what a session
// would say, and their number, which it returns.  Differences are octets that
// an index or a name has wrong, names that an index lacks or has alone while
// it counts as current, a damaged index, files that cannot be read, a list of
// unique ids that cannot be used, and one unique id for several messages.  An
// index that is absent or outdated is not a difference, nor is a file that is
// renamed or removed meanwhile, nor an entry that is not a file, which is
// named.
lib::Result<size_t> check(Maildir& maildir, UidlList& list);

}  // namespace pop3d
