// SPDX-License-Identifier: ISC
#pragma once

#include "lib/result.h"
#include "lib/secret.h"

namespace checkpw {

// Whether descriptor 3 is open.  To be asked before anything is opened, the
// log too, which would become descriptor 3 where there is none.
bool has_record();

// Reads descriptor 3 to its end into record and closes it.  Errors: EBADF
// (it is not open), EMSGSIZE (more than 512 bytes), ETIMEDOUT (no end within
// 60 seconds), and whatever read(2) says.
lib::Status receive(lib::Secret& record);

}  // namespace checkpw
