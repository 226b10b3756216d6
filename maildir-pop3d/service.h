// SPDX-License-Identifier: ISC
#pragma once

#include "maildir-pop3d/session_context.h"

namespace pop3d {

// One session from the opening of the Maildir to the writing of its indexes,
// confined as soon as all is open.  Where it cannot begin the program ends.
void serve(SessionContext& context);

}  // namespace pop3d
