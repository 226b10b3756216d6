// SPDX-License-Identifier: ISC
// Runs as root: reads passwd and shadow.
#include <fcntl.h>
#include <pwd.h>
#include <shadow.h>

#include <cstring>

#include "checkpw/crypt/hash_cost.h"
#include "checkpw/stores/account.h"
#include "checkpw/stores/cdb_store.h"
#include "checkpw/stores/shadow.h"
#include "checkpw/stores/system_entry.h"
#include "lib/io/deadline.h"
#include "lib/io/line_reader.h"
#include "lib/io/unique_fd.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

constexpr const char* kShadow = "/etc/shadow";

// False for names that no account has: a name service may take a colon or a
// newline for the end of the name.
bool is_possible_name(std::string_view login) {
  for (const char c : login)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == ':')
      return false;
  return !login.empty();
}

// A text that cannot be a hash ("!", "*", "x", "$6$", nothing, a hash with a
// "!") locks the account (shadow(5)).  Another text that begins with "$" may be
// a hash whose method is not known here.
SecretKind kind_of(std::string_view secret) {
  if (is_hash(secret))
    return is_affordable(secret) ? SecretKind::Hash : SecretKind::Costly;
  return secret.starts_with('$') && may_be_hash(secret) ? SecretKind::Invalid
                                                        : SecretKind::Locked;
}

void fill(const passwd& user, const ShadowEntry& shadow, Account& account) {
  constexpr int64_t kSecondsADay = 86400;
  const std::string_view secret =
      shadow.found ? shadow.hash.view() : std::string_view(user.pw_passwd);
  account.kind = kind_of(secret);
  if (account.kind == SecretKind::Hash) account.stored << secret;
  set_owner(user, account);
  const auto today = static_cast<long>(lib::wall_seconds() / kSecondsADay);
  account.expired = shadow.found && is_expired(shadow.ages, today);
}

// Reads login's line into entry, and offers the file's first hash for refusals.
// On a host whose hashes are all elsewhere (LDAP), refusals cost a hash of the
// preferred method.
//
// getspnam_r would not do: musl's takes a last line without a newline for an
// error, and the file has to be read for its first hash anyway.
lib::Status read_shadow(std::string_view login, Lookup& into,
                        ShadowEntry& entry) {
  const lib::UniqueFd file(open(kShadow, O_RDONLY | O_CLOEXEC));
  if (!file.valid() && errno != ENOENT)
    return lib::Error::from_errno("open /etc/shadow");
  lib::LineBuffer buffer;
  lib::LineReader lines(file.get(), buffer);
  std::string_view line;
  while (file.valid()) {
    const lib::LineReader::Got got = lines.next(line);
    if (got == lib::LineReader::Got::Failed)
      return lib::Error::from_errno("read /etc/shadow");
    if (got == lib::LineReader::Got::End) break;
    if (lib::next_field(line, ':') == login && !entry.found) {
      parse_shadow(line, entry);
      entry.line = lines.number();
      if (got == lib::LineReader::Got::TooLong) entry.fault = "length";
    }
    into.offer_dummy(lib::next_field(line, ':'));
  }
  return into.dummy.empty() ? make_setting("", 0, into.dummy) : lib::Status();
}

#ifdef __GLIBC__
// checkpw-nss: asks the name services, of which the file is only one, and lets
// their entry replace the file's.
lib::Status ask_shadow(const char* name, ShadowEntry& entry) {
  SystemEntry<spwd> shadow;
  const int failed = shadow.find(getspnam_r, name);
  // The entry was made from the file's line.  Its fault counts then: glibc
  // accepts ages that are not plain numbers.
  const bool is_of_file = entry.found && shadow.found() != nullptr &&
                          entry.hash.view() == shadow.found()->sp_pwdp;
  entry.hash.wipe();
  entry.found = shadow.found() != nullptr;
  // A fault of the file's line stays: glibc skips damaged lines.
  if (!entry.found)
    return failed == 0 || failed == ENOENT
               ? lib::Status()
               : lib::Error{"read the shadow passwords", failed};
  if (!is_of_file) entry.fault = nullptr;
  entry.hash << shadow.found()->sp_pwdp;
  entry.ages = {.last_change = shadow.found()->sp_lstchg,
                .maximum = shadow.found()->sp_max,
                .inactive = shadow.found()->sp_inact,
                .expire = shadow.found()->sp_expire};
  return {};
}
#else
lib::Status ask_shadow(const char* /*name*/, ShadowEntry& /*entry*/) {
  return {};
}
#endif

}  // namespace

// Reads /etc/shadow and asks for passwd and shadow entries for every login,
// known or not, so that all logins cost alike.
lib::Status look_up_system(const char* login, const lib::Log& log,
                           Lookup& into) {
  const char* name = is_possible_name(login) ? login : "?";
  ShadowEntry shadow;
  lib::Status status = read_shadow(name, into, shadow);
  if (!status.ok()) return status;
  SystemEntry<passwd> user;
  const int no_user = user.find(getpwnam_r, name);
  status = ask_shadow(name, shadow);
  if (user.found() == nullptr) {
    const bool unknown = no_user == 0 || no_user == ENOENT || no_user == ESRCH;
    return unknown ? lib::Status() : lib::Error{"read the users", no_user};
  }
  if (!status.ok()) return status;
  if (into.found || strcmp(user.found()->pw_name, login) != 0) return {};
  into.found = true;
  if (shadow.fault != nullptr)
    return log_damaged(
        {.file = kShadow, .line = shadow.line, .field = shadow.fault}, login,
        log);
  fill(*user.found(), shadow, into.account);
  return {};
}

lib::Status add_system_account(const char* name, bool wanted,
                               const lib::Log& log, Lookup& into,
                               Lookup& system) {
  system.found = !wanted;  // then its account is left empty
  const lib::Status status = look_up_system(name, log, system);
  if (!status.ok()) return status;
  into.offer_dummy(system.dummy.view());
  if (!wanted) return {};
  into.account.expired = system.account.expired;
  into.account.system_uid = system.account.uid;
  into.account.system_gid = system.account.gid;
  return {};
}

}  // namespace checkpw
