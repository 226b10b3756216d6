// SPDX-License-Identifier: ISC
#pragma once

#include "lib/crypto/secret.h"
#include "lib/result.h"

namespace checkpw {

// A password for a new hash: from a terminal on descriptor 0 asked for twice,
// prompts on descriptor 2, without echo; else one line of descriptor 0.
// Without its LF or CR LF.  Errors (code 0 where errno says nothing): empty,
// holds a NUL, too long for descriptor 3, the two differ.  A signal ends the
// program, once the terminal echoes again.
lib::Status ask_password(lib::Secret& password);

}  // namespace checkpw
