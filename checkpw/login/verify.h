// SPDX-License-Identifier: ISC
#pragma once

#include <optional>
#include <string_view>

#include "checkpw/stores/account.h"
#include "lib/process/checkpassword.h"
#include "lib/result.h"
#include "lib/text/address.h"

namespace checkpw {

// Why a login was refused; the client learns none of it.
enum class Cause { Unknown, Password, Locked, Expired, Root, Net, NoLogin };
std::string_view cause_name(Cause cause);  // "unknown", as the log says it

// What an account must satisfy besides the secret.
struct Terms {
  uid_t least_uid = 1;
  std::optional<lib::Address> client;  // nullopt: not known
  bool local = false;  // the client certainly has no network address
};

// Why the account is shut whatever the secret; nullopt: it is open.  An id
// that is still a name is not judged; uid 0 and group 0 are root's.  Pure.
std::optional<Cause> reason_barred(const Account& account, const Terms& terms);

// nullopt: the client is who it says, lookup.account's ids are settled and
// may be taken.  Every refusal costs one hash of the store's kind, as far as
// the store holds hashes.  credentials.secret is NUL-terminated.
lib::Result<std::optional<Cause>> verify(const lib::Credentials& credentials,
                                         Lookup& lookup, const Terms& terms);

}  // namespace checkpw
