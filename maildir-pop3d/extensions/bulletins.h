// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/io/log.h"
#include "lib/result.h"

namespace pop3d {

// Delivers the administrator's bulletins, as the user and before the sandbox.
// Each regular file in directory whose name starts with a number above the
// one in ~/.popbull becomes a message in new/, in the order of the numbers;
// .popbull then holds the highest number delivered.  A user without .popbull,
// or with one that holds no number, starts at the current maximum and gets
// none.  home and maildir are open directories; no symbolic link is followed.
//
// A crash neither loses a bulletin nor doubles one: .popbull changes after
// the delivery, and what new/ and cur/ hold already is not delivered again.
// Where .popbull cannot be written to nothing is delivered.
// Of two sessions at once, one delivers.
//
// Returns how many were delivered.  Where one cannot be, it and those behind
// it wait for the next session, because .popbull could not say that it is
// still to come; that, and every other failure, is the error, and no reason to
// end the session.  The log gets the name of that bulletin, and of every file
// that is none because its number is over 32 bits.
lib::Result<unsigned> deliver_bulletins(int home, int maildir,
                                        const char* directory,
                                        std::string_view user,
                                        std::string_view host,
                                        const lib::Log& log);

}  // namespace pop3d
