// SPDX-License-Identifier: ISC
// Runs as root: computes hashes of passwords that may be wrong.
// For builds without libxcrypt: calls crypt_r(3) of the C library, if it has
// one, and makes settings itself.  yescrypt, gost-yescrypt and scrypt are
// missing then.  glibc has no bcrypt; musl's has a cost of at most 11, and only
// the prefixes $2a$ and $2y$.  With $5$ and $6$, musl rejects a password of
// more than 256 bytes.  A login that needs one of these is a temporary error.
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "checkpw/crypt/crypt_methods.h"

extern "C" {
// Weak, because Debian's musl lacks it; the link asks for it (Makefile).
[[gnu::weak]] char* crypt_r(const char* phrase, const char* setting,
                            void* data);
}

namespace checkpw {
namespace {

constexpr std::string_view kDigits =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr size_t kLongestSalt = 22;
constexpr unsigned long kBcryptCost = 10;

// The methods that C libraries know, the preferred one first.
struct Kind {
  std::string_view prefix;
  size_t salt;
  unsigned long least;  // cost; 0: the method has no cost
  unsigned long most;
};
constexpr std::array<Kind, 6> kKinds{{
    {"$6$", 16, 1000, 9'999'999},
    {"$5$", 16, 1000, 9'999'999},
    {"$2b$", kLongestSalt, 4, 31},
    {"$2a$", kLongestSalt, 4, 31},
    {"$2y$", kLongestSalt, 4, 31},
    {"$1$", 8, 0, 0},
}};

// The kind of a setting or a hash; nullptr if it is not known, or traditional
// DES.
const Kind* find_kind(std::string_view text) {
  const auto* kind = std::ranges::find_if(
      kKinds, [text](const Kind& k) { return text.starts_with(k.prefix); });
  return kind == kKinds.end() ? nullptr : kind;
}

bool is_des(std::string_view hash) {
  return hash.find_first_not_of(kDigits) >= 2 || hash[0] == '_';
}

void add_cost(const Kind& kind, unsigned long cost, HashText& into) {
  if (kind.prefix.starts_with("$2")) {
    if (cost == 0) cost = kBcryptCost;
    (into << (cost < 10 ? "0" : "")).number(cost) << '$';
  } else if (cost != 0) {
    (into << "rounds=").number(cost) << '$';
  }
}

// Tries at the least cost whether this C library's crypt_r knows the method.
bool can_hash(const Kind& kind) {
  HashText setting;
  HashText made;
  setting << kind.prefix;
  add_cost(kind, kind.least, setting);
  setting << kDigits.substr(0, kind.salt);
  return crypt_phrase("", setting.c_str(), made) &&
         made.view().starts_with(kind.prefix);
}

bool add_salt(size_t size, HashText& into) {
  std::array<unsigned char, kLongestSalt> random;
  // So few bytes always come whole.
  while (getrandom(random.data(), random.size(), 0) < 0)
    if (errno != EINTR) return false;
  for (size_t i = 0; i < size; ++i) into << kDigits[random[i] % kDigits.size()];
  return true;
}

// struct crypt_data: zero before its use, wiped because it holds key material.
// The largest is that of glibc before libxcrypt.
constexpr size_t kWorkSize = 131232;

}  // namespace

bool knows_method(const char* hash) {
  return crypt_r != nullptr && (find_kind(hash) != nullptr || is_des(hash));
}

bool crypt_phrase(const char* phrase, const char* setting, HashText& into) {
  if (crypt_r == nullptr) return false;
  alignas(16) std::array<char, kWorkSize> work{};
  const char* made = crypt_r(phrase, setting, work.data());
  if (made != nullptr) into << made;
  explicit_bzero(work.data(), work.size());
  return made != nullptr;
}

bool crypt_setting(const char* prefix, unsigned long cost, HashText& into) {
  const Kind* kind = prefix == nullptr ? kKinds.data() : find_kind(prefix);
  // The preferred method is not tried first: refusals ask for it, and the trial
  // would make them cost more than other logins.
  const bool known = prefix == nullptr ? crypt_r != nullptr
                                       : kind != nullptr && can_hash(*kind);
  // Without any method the preferred setting is empty, which costs nothing.
  if (!known && prefix == nullptr) return true;
  errno = EINVAL;
  if (!known) return false;
  if (cost != 0 && (cost < kind->least || cost > kind->most)) return false;
  into << kind->prefix;
  add_cost(*kind, cost, into);
  return add_salt(kind->salt, into);
}

}  // namespace checkpw
