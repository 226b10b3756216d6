// SPDX-License-Identifier: ISC
// May run as root: it stays what Dovecot started it as.
#include "checkpw/dovecot.h"

#include <cstdlib>
#include <cstring>

#include "lib/fixed_text.h"

namespace checkpw {
namespace {

bool set(const char* name, const std::string& value) {
  return setenv(name, value.c_str(), 1) == 0;
}

bool set_number(const char* name, uint64_t value) {
  lib::FixedText<20> digits;
  digits.number(value);
  return setenv(name, digits.c_str(), 1) == 0;
}

// Tabs and newlines end fields and lines on the way back.
bool is_plain_text(const std::string& value) {
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
  lib::Status settled = settle_ids(account);
  if (!settled.ok()) return settled;
  if (!is_plain_text(account.home) || !is_plain_text(account.maildir))
    return lib::Error{"use an account with odd characters in its paths", 0};
  std::string extra = "userdb_uid userdb_gid";
  bool good = set("USER", login) && set("HOME", account.home) &&
              set_number("userdb_uid", *account.uid) &&
              set_number("userdb_gid", *account.gid);
  if (!account.maildir.empty()) {
    extra += " userdb_mail";
    good = good && set("userdb_mail", "maildir:" + account.maildir);
  }
  good = good && set("EXTRA", extra) &&
         (!is_dovecot_lookup() || set("AUTHORIZED", "2"));
  return good ? lib::Status() : lib::Error::from_errno("set the environment");
}

}  // namespace checkpw
