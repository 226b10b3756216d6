// SPDX-License-Identifier: ISC
// Runs as root: the hash functions of a library.
#pragma once

#include "checkpw/crypt/hash.h"

// The functions that hash.cc needs of crypt(3).  The Makefile builds one of two
// implementations: libxcrypt.cc, or libc_crypt.cc if that library is missing.
namespace checkpw {

// True if the prefix of hash is that of a known method.
bool knows_method(const char* hash);

// Appends the hash of phrase with this setting to into, which must be empty.
// If that fails, returns false with an errno, or true with a text in into that
// starts with '*'.
bool crypt_phrase(const char* phrase, const char* setting, HashText& into);

// Makes a setting with a fresh salt, like make_setting (hash.h).  prefix is
// nullptr for the preferred method; into must be empty.  If that fails, returns
// false with an errno.
bool crypt_setting(const char* prefix, unsigned long cost, HashText& into);

}  // namespace checkpw
