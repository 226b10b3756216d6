// SPDX-License-Identifier: ISC
// Runs as root: makes the password for PAM; pure.
#include "checkpw/pam/password.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "lib/crypto/md5.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

// Tells a module that a digest follows, and not a password.
constexpr std::string_view kApopPrefix = "APOP ";

bool is_digest(std::string_view text) {
  return text.size() == std::tuple_size_v<lib::Md5Hex> &&
         std::ranges::all_of(text, [](char c) {
           return lib::is_digit(c) || (c >= 'a' && c <= 'f');
         });
}

bool proves_empty_secret(std::string_view digest, std::string_view timestamp) {
  const std::array<std::string_view, 1> parts{timestamp};
  return digest == lib::as_text(lib::to_hex(lib::md5(parts)));
}

}  // namespace

bool password_for_pam(const lib::Credentials& credentials,
                      lib::Secret& password) {
  const auto& [login, secret, timestamp, mechanism] = credentials;
  password.clear();
  if (secret.empty() || mechanism == lib::Mechanism::CramMd5) return false;
  if (mechanism != lib::Mechanism::Apop) {
    // Modules would take it for an APOP digest, of a timestamp that the client
    // chose.
    if (secret.starts_with(kApopPrefix)) return false;
    password << secret;
    return !password.overflowed();
  }
  if (timestamp.empty() || !is_digest(secret) ||
      proves_empty_secret(secret, timestamp))
    return false;
  password << kApopPrefix << secret << ' ' << timestamp;
  return !password.overflowed();
}

}  // namespace checkpw
