// SPDX-License-Identifier: ISC
// Runs as root: compares the client's proof; pure.
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

}  // namespace checkpw
