// SPDX-License-Identifier: ISC
// Runs as root: functions that the hash functions call.
// Debian's static libxcrypt is compiled for glibc with fortification.  Of the
// functions that it calls, musl lacks only these three.
#include <sys/random.h>

#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#ifndef __GLIBC__  // defined by every header of glibc
extern "C" {

void __explicit_bzero_chk(void* memory, size_t size, size_t room) {
  if (size > room) abort();
  explicit_bzero(memory, size);
}

__attribute__((format(printf, 5, 6))) int __snprintf_chk(
    char* into, size_t size, int /*flag*/, size_t room, const char* format,
    ...) {
  if (size > room) abort();
  va_list arguments;
  va_start(arguments, format);
  const int written = vsnprintf(into, size, format, arguments);
  va_end(arguments);
  return written;
}

// Ends the program if there is no randomness: a salt must not be guessable.
void arc4random_buf(void* into, size_t size) {
  auto* at = static_cast<unsigned char*>(into);
  while (size > 0) {
    const ssize_t got = getrandom(at, size, 0);
    if (got < 0 && errno != EINTR) abort();
    if (got <= 0) continue;
    at += got;
    size -= static_cast<size_t>(got);
  }
}

}  // extern "C"
#endif
