// SPDX-License-Identifier: ISC
// May run as root: --dovecot keeps the user that checkpw was started as.
#include "checkpw/login/dovecot.h"

#include <cstdlib>
#include <cstring>

#include "lib/process/environment.h"

namespace checkpw {
namespace {

// Dovecot's program ends fields by tabs, and lines by newlines.
bool fits_a_field(const std::string& value) {
  return value.find_first_of("\t\n\r") == std::string::npos;
}

}  // namespace

bool is_dovecot_lookup() {
  const char* authorized = getenv("AUTHORIZED");
  return authorized != nullptr && strcmp(authorized, "1") == 0;
}

lib::Status require_ids(const Account& account) {
  const bool missing = (!account.uid && account.uid_name.empty()) ||
                       (!account.gid && account.gid_name.empty());
  if (missing) return lib::Error{"use an account without uid or gid", 0};
  return {};
}

lib::Status answer_dovecot(const char* login, Account& account) {
  const lib::Status resolved = resolve_ids(account);
  if (!resolved.ok()) return resolved;
  if (!fits_a_field(account.home) || !fits_a_field(account.maildir))
    return lib::Error{"use an account with a tab or newline in its paths", 0};
  std::string extra = "userdb_uid userdb_gid";
  lib::set_variable("USER", login);
  lib::set_variable("HOME", account.home);
  lib::set_variable("userdb_uid", *account.uid);
  lib::set_variable("userdb_gid", *account.gid);
  if (!account.maildir.empty()) {
    extra += " userdb_mail";
    lib::set_variable("userdb_mail", "maildir:" + account.maildir);
  }
  lib::set_variable("EXTRA", extra);
  if (is_dovecot_lookup()) lib::set_variable("AUTHORIZED", "2");
  return {};
}

}  // namespace checkpw
