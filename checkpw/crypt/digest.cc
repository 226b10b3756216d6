// SPDX-License-Identifier: ISC
// Runs as root: computes digests of passwords; pure.
#include "checkpw/crypt/digest.h"

#include <array>

#include "lib/crypto/md5.h"
#include "lib/crypto/sha1.h"
#include "lib/crypto/sha256.h"
#include "lib/crypto/sha512.h"
#include "lib/text/text.h"

namespace checkpw {

size_t digest_size(DigestMethod method) {
  constexpr std::array<size_t, 4> kSizes{
      sizeof(lib::Md5Digest), sizeof(lib::Sha1Digest),
      sizeof(lib::Sha256Digest), sizeof(lib::Sha512Digest)};
  return kSizes[static_cast<size_t>(method)];
}

void append_digest(DigestMethod method, std::string_view password,
                   std::string_view salt, lib::Secret& into) {
  const std::array<std::string_view, 2> parts{password, salt};
  switch (method) {
    case DigestMethod::Md5: into << lib::as_text(lib::md5(parts)); break;
    case DigestMethod::Sha1: into << lib::as_text(lib::sha1(parts)); break;
    case DigestMethod::Sha256: into << lib::as_text(lib::sha256(parts)); break;
    case DigestMethod::Sha512: into << lib::as_text(lib::sha512(parts)); break;
  }
  into << salt;
}

bool digest_matches(DigestMethod method, std::string_view password,
                    std::string_view stored) {
  const size_t size = digest_size(method);
  if (stored.size() < size) return false;
  lib::Secret made;
  append_digest(method, password, stored.substr(size), made);
  return lib::equal_constant_time(made.view(), stored);
}

}  // namespace checkpw
