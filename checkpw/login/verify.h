// SPDX-License-Identifier: ISC
#pragma once

#include <optional>
#include <string_view>

#include "checkpw/stores/account.h"
#include "lib/process/checkpassword.h"
#include "lib/result.h"
#include "lib/text/address.h"

namespace checkpw {

// Why a login was refused.  The log tells it; the client does not learn it.
enum class Cause { Unknown, Password, Locked, Expired, Root, Net, NoLogin };
std::string_view cause_name(Cause cause);  // "unknown", for the log

// The conditions that an account must meet, besides its secret.
struct Terms {
  uid_t least_uid = 1;
  std::optional<lib::Address> client;  // nullopt: not known
  bool local = false;  // the client certainly has no network address
};

// Why nobody may log in to the account, whatever the secret; nullopt: no reason
// was found.  uid 0 and group 0 are root's.  An id that is still a name does
// not count.  Pure.
std::optional<Cause> reason_barred(const Account& account, const Terms& terms);

// Why the login is refused; nullopt: the client proved who it is, and may log
// in to lookup.account, whose ids are resolved.  Every refusal costs one hash
// of the store's method and cost, unless the store holds no hashes.
// credentials.secret is NUL-terminated.  Errors are temporary.
lib::Result<std::optional<Cause>> verify(const lib::Credentials& credentials,
                                         Lookup& lookup, const Terms& terms);

}  // namespace checkpw
