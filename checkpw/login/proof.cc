// SPDX-License-Identifier: ISC
// Runs as root: pure.
#include "checkpw/login/proof.h"

#include <array>

#include "lib/crypto/md5.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

bool same_digest(std::string_view response, const lib::Md5Digest& digest) {
  const lib::Md5Hex hex = lib::to_hex(digest);
  return lib::equal_constant_time({hex.data(), hex.size()}, response);
}

bool proves_apop(const lib::Credentials& credentials, std::string_view secret) {
  if (credentials.timestamp.empty()) return false;
  const std::array<std::string_view, 2> parts{credentials.timestamp, secret};
  return same_digest(credentials.secret, lib::md5(parts));
}

bool proves_cram_md5(const lib::Credentials& credentials,
                     std::string_view secret) {
  if (credentials.timestamp.empty()) return false;
  return same_digest(credentials.secret,
                     lib::hmac_md5(secret, credentials.timestamp));
}

}  // namespace

bool allows_password(lib::Mechanism mechanism) {
  return mechanism != lib::Mechanism::Apop &&
         mechanism != lib::Mechanism::CramMd5;
}

bool proves_digest(const lib::Credentials& credentials,
                   std::string_view secret) {
  if (credentials.secret.empty() || secret.empty()) return false;
  switch (credentials.mechanism) {
    case lib::Mechanism::Apop:
    case lib::Mechanism::Unnamed: return proves_apop(credentials, secret);
    case lib::Mechanism::CramMd5: return proves_cram_md5(credentials, secret);
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

}  // namespace checkpw
