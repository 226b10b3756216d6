// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "checkpw/crypt/hash.h"

namespace checkpw {

// The ages of shadow(5), in days; dates are days since 1970.  -1: the field is
// empty.
struct ShadowAges {
  long last_change = -1;
  long maximum = -1;
  long inactive = -1;
  long expire = -1;
};

// True if the account has expired, or its password must be changed before the
// next login, which POP3 cannot do.  A password that is too old is accepted for
// the days of inactivity, if any are granted.  Pure.
bool is_expired(const ShadowAges& ages, long today);

// One line of shadow.
struct ShadowEntry {
  bool found = false;
  HashText hash;  // any text; empty if it is too long
  ShadowAges ages;
  size_t line = 0;              // of the file
  const char* fault = nullptr;  // the damaged field's name in shadow(5)
};

// Reads the fields after the login.  An age is empty or a decimal number; white
// space before it is ignored, as by glibc.  Pure.
void parse_shadow(std::string_view fields, ShadowEntry& into);

}  // namespace checkpw
