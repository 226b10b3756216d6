// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "checkpw/crypt/hash.h"

namespace checkpw {

// The ages of shadow(5), in days since 1970; -1 where the field is empty.
struct ShadowAges {
  long last_change = -1;
  long maximum = -1;
  long inactive = -1;
  long expire = -1;
};

// True where the account has expired, or its password must be changed before
// the next login: POP3 has no way to do that.  A password that is too old is
// good for the days of inactivity that the administrator grants.  Pure.
bool is_expired(const ShadowAges& ages, long today);

// One line of shadow.
struct ShadowEntry {
  bool found = false;
  HashText hash;  // whatever the field holds; empty where it is too long
  ShadowAges ages;
  size_t line = 0;              // of the file
  const char* fault = nullptr;  // the damaged field, by shadow(5)'s name for it
};

// Reads the fields after the login.  An age is empty or a decimal number;
// white space before it is ignored, as glibc does.  Pure.
void parse_shadow(std::string_view fields, ShadowEntry& into);

}  // namespace checkpw
