// SPDX-License-Identifier: ISC
// Runs as root: the hash functions of a C library.
#pragma once

#include "checkpw/crypt/hash.h"

// What hash.h needs of a crypt(3).  Two files hold it, of which the Makefile
// takes one: libxcrypt.cc, or libc_crypt.cc where that library is missing.
namespace checkpw {

// True where hash, by its prefix, is of a method that is known.
bool knows_method(const char* hash);

// What crypt(3) makes of phrase and setting; into is empty before.  False with
// an errno, or a text that starts with '*': it failed.
bool crypt_phrase(const char* phrase, const char* setting, HashText& into);

// A setting with a fresh salt, as make_setting (hash.h) wants it; prefix may be
// nullptr, into is empty before.  False with an errno.
bool crypt_setting(const char* prefix, unsigned long cost, HashText& into);

}  // namespace checkpw
