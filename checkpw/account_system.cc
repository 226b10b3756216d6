// SPDX-License-Identifier: ISC
// Runs as root: reads passwd and shadow.
#include <fcntl.h>
#include <pwd.h>
#include <shadow.h>

#include <array>
#include <cstring>
#include <ctime>

#include "checkpw/account.h"
#include "checkpw/line_reader.h"
#include "checkpw/shadow.h"
#include "lib/text.h"
#include "lib/unique_fd.h"

namespace checkpw {
namespace {

constexpr size_t kEntrySize = 16384;

// A passwd or shadow entry and its text, wiped.
template <typename Entry>
class EntryBuffer {
 public:
  EntryBuffer() = default;
  EntryBuffer(const EntryBuffer&) = delete;
  EntryBuffer& operator=(const EntryBuffer&) = delete;
  ~EntryBuffer() { explicit_bzero(text_.data(), text_.size()); }

  // ask: getpwnam_r or getspnam_r.  0 or an errno; found() tells the rest.
  template <typename Ask>
  int fill(Ask ask, const char* name) {
    return ask(name, &entry_, text_.data(), text_.size(), &found_);
  }
  [[nodiscard]] const Entry* found() const { return found_; }

 private:
  Entry entry_{};
  Entry* found_ = nullptr;
  std::array<char, kEntrySize> text_;
};

// Name services split requests at these; no account has them in its name.
bool is_possible_name(std::string_view login) {
  for (const char c : login)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == ':')
      return false;
  return !login.empty();
}

ShadowAges ages_of(const spwd& entry) {
  return {.last_change = entry.sp_lstchg,
          .maximum = entry.sp_max,
          .inactive = entry.sp_inact,
          .expire = entry.sp_expire};
}

long days_since_1970() {
  return static_cast<long>(time(nullptr) / 86400);
}

void take(const passwd& user, const spwd* shadow, Account& account) {
  // shadow(5): what is not a hash ("!", "*", "x", nothing) lets nobody in.
  const char* hash = shadow != nullptr ? shadow->sp_pwdp : user.pw_passwd;
  if (is_hash(hash)) {
    account.kind = SecretKind::Hash;
    account.stored << hash;
  }
  account.uid = user.pw_uid;
  account.gid = user.pw_gid;
  account.home = user.pw_dir;
  account.shell = user.pw_shell;
  account.has_system_groups = true;
  account.expired =
      shadow != nullptr && is_expired(ages_of(*shadow), days_since_1970());
}

// The first hash of the file, or of a host whose hashes are all elsewhere
// (LDAP): libxcrypt's preferred method.
lib::Status find_dummy(Lookup& into) {
  const lib::UniqueFd file(open("/etc/shadow", O_RDONLY | O_CLOEXEC));
  if (!file.valid() && errno != ENOENT)
    return lib::Error::from_errno("open /etc/shadow");
  LineReader lines(file.get());
  std::string_view line;
  while (file.valid()) {
    const LineReader::Got got = lines.next(line);
    if (got == LineReader::Got::Failed)
      return lib::Error::from_errno("read /etc/shadow");
    if (got == LineReader::Got::End) break;
    lib::next_field(line, ':');
    into.offer_dummy(lib::next_field(line, ':'));
  }
  return into.dummy.empty() ? make_setting("", 0, into.dummy) : lib::Status();
}

}  // namespace

// Every login, known or not, costs both questions and a look through shadow.
lib::Status look_up_system(const char* login, Lookup& into) {
  const char* name = is_possible_name(login) ? login : "?";
  lib::Status status = find_dummy(into);
  if (!status.ok()) return status;
  EntryBuffer<passwd> user;
  EntryBuffer<spwd> shadow;
  const int no_user = user.fill(getpwnam_r, name);
  const int no_shadow = shadow.fill(getspnam_r, name);
  if (user.found() == nullptr) {
    const bool unknown = no_user == 0 || no_user == ENOENT || no_user == ESRCH;
    return unknown ? lib::Status() : lib::Error{"read the users", no_user};
  }
  if (shadow.found() == nullptr && no_shadow != 0 && no_shadow != ENOENT)
    return lib::Error{"read the shadow passwords", no_shadow};
  if (into.found || strcmp(user.found()->pw_name, login) != 0) return {};
  into.found = true;
  take(*user.found(), shadow.found(), into.account);
  return {};
}

}  // namespace checkpw
