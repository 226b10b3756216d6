// SPDX-License-Identifier: ISC
#pragma once

#include "lib/result.h"
#include "lib/secret.h"

namespace checkpw {

// Reads descriptor 3 to its end into record and closes it.  Errors: EBADF
// (it is not open), EMSGSIZE (more than 512 bytes), ETIMEDOUT (no end within
// 60 seconds), and whatever read(2) says.
lib::Status receive(lib::Secret& record);

}  // namespace checkpw
