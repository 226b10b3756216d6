// SPDX-License-Identifier: ISC
// Runs as root: compares the client's proof; pure.
#include "checkpw/login/proof.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/crypto/md5.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

bool same_digest(std::string_view response, const lib::Md5Digest& digest) {
  return lib::equal_constant_time(lib::as_text(lib::to_hex(digest)), response);
}

bool is_key_of(std::string_view password, const lib::HmacMd5Key& key) {
  lib::HmacMd5Key made = lib::hmac_md5_key(password);
  const bool same =
      lib::equal_constant_time(lib::as_text(made), lib::as_text(key));
  explicit_bzero(made.data(), made.size());
  return same;
}

}  // namespace

bool allows_password(lib::Mechanism mechanism) {
  return mechanism != lib::Mechanism::Apop &&
         mechanism != lib::Mechanism::CramMd5;
}

bool proves_digest(const lib::Credentials& credentials,
                   std::string_view secret) {
  const auto& [login, proof, timestamp, mechanism] = credentials;
  if (proof.empty() || secret.empty() || timestamp.empty()) return false;
  const std::array<std::string_view, 2> parts{timestamp, secret};
  switch (mechanism) {
    case lib::Mechanism::Apop:
    case lib::Mechanism::Unnamed: return same_digest(proof, lib::md5(parts));
    case lib::Mechanism::CramMd5:
      return same_digest(proof, lib::hmac_md5(secret, timestamp));
    case lib::Mechanism::Pass:
    case lib::Mechanism::Plain:
    case lib::Mechanism::Login: break;
  }
  return false;
}

bool proves_plain(const lib::Credentials& credentials,
                  std::string_view secret) {
  if (credentials.secret.empty() || secret.empty()) return false;
  if (proves_digest(credentials, secret)) return true;
  return allows_password(credentials.mechanism) &&
         lib::equal_constant_time(credentials.secret, secret);
}

bool proves_hmac_key(const lib::Credentials& credentials,
                     std::string_view stored) {
  const auto& [login, proof, timestamp, mechanism] = credentials;
  lib::HmacMd5Key key;
  if (stored.size() != key.size() || proof.empty()) return false;
  std::ranges::copy(stored, key.begin());
  bool proven = false;
  if (allows_password(mechanism))
    proven = is_key_of(proof, key);
  else if (mechanism == lib::Mechanism::CramMd5 && !timestamp.empty())
    proven = same_digest(proof, lib::hmac_md5(key, timestamp));
  const bool of_nothing = is_key_of("", key);
  explicit_bzero(key.data(), key.size());
  return proven && !of_nothing;
}

}  // namespace checkpw
