// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/result.h"

namespace pop3d {

// Makes an empty Maildir, of mode 0700, with new/, cur/ and tmp/.  Makes it
// under another name beside it and then renames it, so that nobody sees half of
// it.  False if something has that name already, such as the Maildir that
// another session has just made.  Does not make the directory that is to
// contain it.
lib::Result<bool> create_maildir(std::string_view path);

}  // namespace pop3d
