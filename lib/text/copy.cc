// SPDX-License-Identifier: ISC
// Never runs as root: the session calls it.
#include "lib/text/copy.h"

#include <cstring>

namespace lib {

void copy_short(char* to, const char* from, size_t size) {
  constexpr size_t kStep = 16;
  constexpr size_t kLongest = 256;
  if (size > kLongest) {
    memcpy(to, from, size);
  } else if (size >= kStep) {
    for (size_t at = 0; at + kStep < size; at += kStep)
      memcpy(to + at, from + at, kStep);
    memcpy(to + size - kStep, from + size - kStep, kStep);
  } else if (size >= 8) {
    memcpy(to, from, 8);
    memcpy(to + size - 8, from + size - 8, 8);
  } else {
    // Not a loop: the compiler would turn it into a call of memcpy.
    if ((size & 4U) != 0) memcpy(to, from, 4);
    if ((size & 2U) != 0) memcpy(to + (size & 4U), from + (size & 4U), 2);
    if ((size & 1U) != 0) to[size - 1] = from[size - 1];
  }
}

}  // namespace lib
