// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>

namespace lib {

// memcpy for short texts: musl's own takes longer to begin than a line of
// LIST or UIDL takes to copy.
void copy_short(char* to, const char* from, size_t size);

}  // namespace lib
