// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <string_view>

#include "lib/crypto/secret.h"
#include "lib/result.h"

// crypt(3): of libxcrypt, which knows every method, or of the C library, which
// knows some (libc_crypt.cc).  The prefix of a stored hash tells its method.
namespace checkpw {

// The longest hash that crypt(3) returns is shorter (CRYPT_OUTPUT_SIZE).
constexpr size_t kHashSize = 384;
using HashText = lib::WipedText<kHashSize>;

// True where text can be a hash, be it of a method that is not known here: it
// is long enough and has none of the characters that no hash has (crypt(5)).
bool may_be_hash(std::string_view text);

// The same of a method that is known, by its prefix; nothing is computed.
bool is_hash(std::string_view text);

// True where password, NUL-terminated, has this hash; compared in constant
// time.  An error is never a refusal: ENOMEM, no memory for it; EINVAL, a
// damaged hash, or one that is not affordable (hash_cost.h).
lib::Result<bool> hash_matches(const char* password, std::string_view hash);

// Puts into into, which is empty, what the refusals of a store cost that holds
// hash: hash itself, or the preferred method's setting where hash takes longer
// than kMostDummyFactor times that.
void choose_dummy(std::string_view hash, HashText& into);

// Costs what hash_matches does with a hash like setting, and tells nothing.
// An empty setting costs nothing: the store holds no hashes.  A damaged one
// is replaced by the preferred method's.
lib::Status spend_hash(const char* password, std::string_view setting);

// A setting of the method with this prefix ("$y$"; empty: the preferred one)
// with a fresh salt.  cost 0: the method's own default.  EINVAL: no such method
// here, or not this cost.  Where no method is known at all, the preferred
// setting is empty.
lib::Status make_setting(std::string_view prefix, unsigned long cost,
                         HashText& into);

// The hash of password, NUL-terminated, under setting.  Errors as above.
lib::Status make_hash(const char* password, std::string_view setting,
                      HashText& into);

}  // namespace checkpw
