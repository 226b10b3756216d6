// SPDX-License-Identifier: ISC
#pragma once

#include "lib/crypto/secret.h"
#include "lib/result.h"

namespace checkpw {

// A new password is asked for twice, an existing one once.
enum class Ask { Once, Twice };

// Gets a password.  If descriptor 0 is a terminal, asks without echo, with
// prompts on descriptor 2; otherwise reads one line of descriptor 0.  LF or
// CR LF at the end is removed.  Errors with code 0: the password is empty, has
// a NUL, is too long for descriptor 3, or the two differ; others are read(2)'s.
// A signal ends the program after the terminal echoes again.
lib::Status ask_password(lib::Secret& password, Ask times);

}  // namespace checkpw
