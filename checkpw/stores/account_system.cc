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

// Name services split requests at these; no account has them in its name.
bool is_possible_name(std::string_view login) {
  for (const char c : login)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == ':')
      return false;
  return !login.empty();
}

long days_since_1970() {
  return static_cast<long>(lib::wall_seconds() / 86400);
}

// shadow(5): what can be no hash ("!", "*", "x", "$6$", nothing, a hash with a
// "!") lets nobody in.  Any other may be right where its method is known.
SecretKind kind_of(std::string_view secret) {
  if (is_hash(secret))
    return is_affordable(secret) ? SecretKind::Hash : SecretKind::Costly;
  return secret.starts_with('$') && may_be_hash(secret) ? SecretKind::Invalid
                                                        : SecretKind::Locked;
}

void take(const passwd& user, const ShadowEntry& shadow, Account& account) {
  const std::string_view secret =
      shadow.found ? shadow.hash.view() : std::string_view(user.pw_passwd);
  account.kind = kind_of(secret);
  if (account.kind == SecretKind::Hash) account.stored << secret;
  account.uid = user.pw_uid;
  account.gid = user.pw_gid;
  account.home = user.pw_dir;
  account.shell = user.pw_shell;
  account.has_system_groups = true;
  account.expired = shadow.found && is_expired(shadow.ages, days_since_1970());
}

constexpr const char* kShadow = "/etc/shadow";

// One line: login's own, and the first hash of the file for refusals.
void show(std::string_view line, bool whole, size_t number,
          std::string_view login, Lookup& into, ShadowEntry& entry) {
  const bool ours = lib::next_field(line, ':') == login && !entry.found;
  if (ours) {
    parse_shadow(line, entry);
    entry.line = number;
    if (!whole) entry.fault = "length";
  }
  into.offer_dummy(lib::next_field(line, ':'));
}

// Our own reader, and not getspnam: musl's takes a last line without a
// newline for an error, and the file is read for its first hash anyway.  A
// host whose hashes are all elsewhere (LDAP) pays the preferred one.
lib::Status read_shadow(std::string_view login, Lookup& into,
                        ShadowEntry& entry) {
  const lib::UniqueFd file(open(kShadow, O_RDONLY | O_CLOEXEC));
  if (!file.valid() && errno != ENOENT)
    return lib::Error::from_errno("open /etc/shadow");
  lib::LineReader lines(file.get());
  std::string_view line;
  while (file.valid()) {
    const lib::LineReader::Got got = lines.next(line);
    if (got == lib::LineReader::Got::Failed)
      return lib::Error::from_errno("read /etc/shadow");
    if (got == lib::LineReader::Got::End) break;
    show(line, got == lib::LineReader::Got::Line, lines.number(), login, into,
         entry);
  }
  return into.dummy.empty() ? make_setting("", 0, into.dummy) : lib::Status();
}

#ifdef __GLIBC__
// checkpw-nss: the name services decide, of which the file is only one.
lib::Status ask_shadow(const char* name, ShadowEntry& entry) {
  SystemEntry<spwd> shadow;
  const int failed = shadow.find(getspnam_r, name);
  // The line of the file that this entry was made of: glibc lets ages pass
  // that are not plain numbers.
  const bool is_of_file = entry.found && shadow.found() != nullptr &&
                          entry.hash.view() == shadow.found()->sp_pwdp;
  entry.hash.wipe();
  entry.found = shadow.found() != nullptr;
  // A damaged line of the file stays one: glibc passes over it.
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

// Every login, known or not, costs both questions and a look through shadow.
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
  take(*user.found(), shadow, into.account);
  return {};
}

}  // namespace checkpw
