// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "checkpw/cache/cache.h"
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

// The causes that keep everybody out, whatever the secret.  The first that
// applies is logged.
constexpr std::array<Cause, 5> kBars{Cause::Root, Cause::Locked, Cause::Expired,
                                     Cause::NoLogin, Cause::Net};
// True if this one of them applies.  uid 0 and group 0 are root's.  An id that
// is still a name does not count.  Pure.
bool is_barred(const Account& account, const Terms& terms, Cause bar);

// Why nobody may log in to the account, whatever the secret; nullopt: no reason
// was found.  Pure.
std::optional<Cause> reason_barred(const Account& account, const Terms& terms);

// How the client proved who it is.
enum class Proof {
  None,
  Secret,  // by something else than a password with a hash
  Hash,    // by a password whose hash was computed
  Cached,  // by a password that the cache held with its hash
};

// Computes one hash if the account has one and the cache does not hold it.
// credentials.secret is NUL-terminated.
lib::Result<Proof> prove(const lib::Credentials& credentials,
                         const Lookup& lookup, Cache& cache);

struct Verdict {
  // nullopt: the client proved who it is, and may log in to lookup.account,
  // whose ids are resolved.
  std::optional<Cause> refusal;
  bool cached = false;  // the cache held the password: no hash was computed
};

// Every refusal costs one hash of the store's method and cost, unless the store
// holds no hashes, and one look into the cache.  Only an accepted login may do
// without the hash, and only such a login is remembered.  credentials.secret is
// NUL-terminated.  Errors are temporary.
lib::Result<Verdict> verify(const lib::Credentials& credentials, Lookup& lookup,
                            const Terms& terms, Cache& cache);

}  // namespace checkpw
