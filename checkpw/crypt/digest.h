// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <string_view>

#include "lib/crypto/secret.h"

// Digests of passwords that other servers' account files hold.  They take some
// microseconds, so whoever has such a file can guess fast.
namespace checkpw {

enum class DigestMethod { Md5, Sha1, Sha256, Sha512 };

// In bytes.
size_t digest_size(DigestMethod method);

// A longer salt counts as damage.
constexpr size_t kLongestSalt = 64;

// Appends the digest of password and salt, and then the salt, to into: the form
// in which an account stores it.
void append_digest(DigestMethod method, std::string_view password,
                   std::string_view salt, lib::Secret& into);

// True if stored, a digest and perhaps a salt, is that of password; compared in
// constant time.
bool digest_matches(DigestMethod method, std::string_view password,
                    std::string_view stored);

}  // namespace checkpw
