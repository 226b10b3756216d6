// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>

#include "lib/result.h"
#include "maildir-pop3d/maildir.h"
#include "maildir-pop3d/uidl_list.h"

namespace pop3d {

// --check: reads every message, and prints on descriptor 1 one line for each
// directory, one for each difference between what is true and what a session
// would say, and their number, which it returns.  Differences are octets that
// an index or a name has wrong, names that an index lacks or has alone while
// it counts as current, a damaged index, files that cannot be read, and one
// unique id for several messages.  That an index is absent or outdated is
// none, nor is a file that is renamed or removed meanwhile.
lib::Result<size_t> check(Maildir& maildir, UidlList& list);

}  // namespace pop3d
