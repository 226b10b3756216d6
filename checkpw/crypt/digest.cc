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
namespace {

template <size_t Size>
void append(const std::array<uint8_t, Size>& digest, lib::Secret& into) {
  into << std::string_view(reinterpret_cast<const char*>(digest.data()), Size);
}

}  // namespace

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
    case DigestMethod::Md5: append(lib::md5(parts), into); break;
    case DigestMethod::Sha1: append(lib::sha1(parts), into); break;
    case DigestMethod::Sha256: append(lib::sha256(parts), into); break;
    case DigestMethod::Sha512: append(lib::sha512(parts), into); break;
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
