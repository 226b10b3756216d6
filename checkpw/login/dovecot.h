// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/stores/account.h"
#include "lib/result.h"

// --dovecot: how Dovecot 2.3's checkpassword drivers (passdb and userdb) want
// to be answered.  Dovecot's own program is run behind; it reports the
// environment to descriptor 4, which is left alone here.
namespace checkpw {

// True where Dovecot asks for an account without a login (AUTHORIZED=1):
// there is no password to verify.
bool is_dovecot_lookup();

// An error for an account without uid or gid: this process's own are Dovecot's
// and no mail user's.
lib::Status require_ids(const Account& account);

// Sets USER, HOME, userdb_uid, userdb_gid, userdb_mail for an account that
// names its Maildir, EXTRA with the names of these, and for a lookup
// AUTHORIZED=2.  No id is changed.
lib::Status answer_dovecot(const char* login, Account& account);

}  // namespace checkpw
