// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <string_view>

#include "lib/crypto/secret.h"
#include "lib/result.h"

// This folder computes and judges hashes of passwords.
// stores/, login/ and the top of checkpw may call it.
// It may call only lib/.
//
// crypt(3) is libxcrypt's, which knows every method, or the C library's, which
// knows some (libc_crypt.cc).  The prefix of a stored hash tells its method.
namespace checkpw {

// The longest hash that crypt(3) returns is shorter (CRYPT_OUTPUT_SIZE).
constexpr size_t kHashSize = 384;
using HashText = lib::WipedText<kHashSize>;

// True if text is long enough for a hash and has only characters that a hash
// may have (crypt(5)).  Its method need not be known here.
bool may_be_hash(std::string_view text);

// True if text may be a hash, and begins like those of a method that is known
// here.  Nothing is computed.
bool is_hash(std::string_view text);

// True if password, NUL-terminated, has this hash; compared in constant time.
// Errors do not mean that the password is wrong: ENOMEM, no memory for the
// hash; EINVAL, a damaged hash, or one that is not affordable (hash_cost.h).
lib::Result<bool> hash_matches(const char* password, std::string_view hash);

// Chooses what refusals cost in a store that holds hash: hash itself; but the
// preferred method's setting if hash takes more than kMostDummyFactor times as
// long as that.  into must be empty.
void choose_dummy(std::string_view hash, HashText& into);

// Takes as long as hash_matches with a hash of this setting, and drops the
// result.  An empty setting costs nothing: the store holds no hashes.  A
// damaged one is replaced by the preferred method's.
lib::Status spend_hash(const char* password, std::string_view setting);

// Makes a setting with a fresh salt for the method with this prefix ("$y$";
// empty: the preferred one).  cost 0 means the method's own default.  EINVAL:
// the method is not known here, or does not have this cost.  If no method is
// known at all, the preferred setting is empty.
lib::Status make_setting(std::string_view prefix, unsigned long cost,
                         HashText& into);

// Computes the hash of password, NUL-terminated, with this setting.  Errors are
// those of hash_matches.
lib::Status make_hash(const char* password, std::string_view setting,
                      HashText& into);

}  // namespace checkpw
