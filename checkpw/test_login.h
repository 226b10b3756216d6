// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/options.h"
#include "lib/io/log.h"
#include "lib/process/exit_code.h"

namespace checkpw {

// --test: asks an administrator for the password of options.test, and says on
// descriptor 1 what a login by it would meet, up to the opening of the Maildir.
// Returns kDone if the client would get its mail, else kRejected.  The log gets
// only faults of the stores.
lib::ExitCode test_login(const Options& options, const lib::Log& log);

}  // namespace checkpw
