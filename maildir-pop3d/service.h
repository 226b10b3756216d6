// SPDX-License-Identifier: ISC
#pragma once

#include "maildir-pop3d/session_context.h"

namespace pop3d {

// Runs one session: opens the Maildir, confines the process, serves the client,
// and writes the indexes after the client is gone.  Ends the program.  If the
// session cannot begin, replies first.
void run_session(SessionContext& context);

}  // namespace pop3d
