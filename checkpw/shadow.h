// SPDX-License-Identifier: ISC
#pragma once

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

}  // namespace checkpw
