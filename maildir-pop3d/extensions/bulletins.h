// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/io/log.h"
#include "lib/result.h"

// This folder goes beyond POP3: bulletins, submission, the login delay.
// protocol/ and the top of maildir-pop3d may call it.
// It may call maildir/ and wire/.
namespace pop3d {

// Delivers the administrator's bulletins, as the user and before the sandbox.
// Each regular file in directory whose name starts with a number above the one
// in ~/.popbull becomes a message in new/, in the order of the numbers.
// Afterwards .popbull holds the highest number that was delivered.  If a user
// has no .popbull, or it holds no number, it is set to the highest number, and
// nothing is delivered.  home and maildir are open directories; symbolic links
// are not followed.
//
// A crash neither loses nor doubles a bulletin: .popbull is written after the
// delivery, and a bulletin that is in new/ or cur/ already is not delivered
// again.  If .popbull cannot be written, nothing is delivered.  If two sessions
// begin at once, only one of them delivers.
//
// Returns how many bulletins were delivered.  If one cannot be delivered, it
// and all after it wait for the next session, because .popbull holds only one
// number.  No error is a reason to end the session.  Logs the name of a
// bulletin that cannot be delivered, and of every file that is left out because
// its number has more than 32 bits.
lib::Result<unsigned> deliver_bulletins(int home, int maildir,
                                        const char* directory,
                                        std::string_view user,
                                        std::string_view host,
                                        const lib::Log& log);

}  // namespace pop3d
