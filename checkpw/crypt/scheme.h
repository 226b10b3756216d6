// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "checkpw/crypt/digest.h"
#include "lib/crypto/secret.h"

namespace checkpw {

// The second field of a line in a passwd-file or in shadow.
enum class SecretKind {
  Hash,     // for crypt(3)
  Plain,    // the secret itself; APOP and CRAM-MD5 need this
  Digest,   // of the password, and perhaps a salt (digest.h)
  CramMd5,  // a lib::HmacMd5Key: for the password and for CRAM-MD5
  Locked,   // empty, or it starts with '!' or '*': no password matches
  Invalid,  // an unknown scheme, a value that does not fit the scheme, or a
            // hash that crypt(3) does not know here
  Costly,   // a hash, but not affordable (hash_cost.h)
};

struct StoredSecret {
  SecretKind kind = SecretKind::Locked;
  DigestMethod digest = DigestMethod::Md5;  // if kind is Digest
  // The scheme's name from our own table, which may be logged.  nullptr: there
  // is no scheme, or an unknown one, which could be part of a password.
  const char* scheme = nullptr;
  lib::Secret text;  // decoded, without the scheme
};

// Parses [{SCHEME[.ENCODING]}]secret, as in a passwd-file, into an empty
// secret.  Dovecot's names of schemes and encodings are known; letter case does
// not matter.  Without a scheme the secret is a hash for crypt(3).  Pure.
void parse_secret(std::string_view field, StoredSecret& into);

// False if parse_secret() would certainly find neither Hash nor Costly; decodes
// nothing.  Pure.
bool may_hold_hash(std::string_view field);

// Names what is damaged in a secret of this kind; nullptr: nothing.
const char* secret_fault(SecretKind kind);

}  // namespace checkpw
