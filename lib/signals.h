// SPDX-License-Identifier: ISC
#pragma once

namespace lib {

// Super-servers leave signals blocked or ignored, and both survive exec:
// unblocks all, sets the dispositions that we rely on to default, ignores
// SIGPIPE (a write to a client that left is an error value).
void reset_signals();

// For a child about to exec a foreign program: SIGPIPE default again.
void default_sigpipe();

}  // namespace lib
