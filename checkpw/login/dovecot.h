// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/stores/account.h"
#include "lib/result.h"

// --dovecot: the answers that the checkpassword drivers (passdb and userdb) of
// Dovecot 2.3 want.  Dovecot's own program runs next; it reports the
// environment to descriptor 4, which we leave alone.
namespace checkpw {

// True if Dovecot looks up an account without a login (AUTHORIZED=1).  There is
// no password to verify then.
bool is_dovecot_lookup();

// An error for an account without uid or gid.  Those of this process belong to
// Dovecot, and not to a mail user.
lib::Status require_ids(const Account& account);

// Sets USER, HOME, userdb_uid, userdb_gid, userdb_mail for an account that
// names its Maildir, EXTRA with the names of these, and for a lookup
// AUTHORIZED=2.  Changes no id of this process.
lib::Status answer_dovecot(const char* login, Account& account);

}  // namespace checkpw
