// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

namespace checkpw {

// The second field of a line in a passwd-file or in shadow.
enum class SecretKind {
  Hash,     // for crypt(3)
  Plain,    // the secret itself; APOP and CRAM-MD5 need this
  Locked,   // empty, or it starts with '!' or '*': no password matches
  Invalid,  // an unknown scheme, or a hash that crypt(3) does not know here
  Costly,   // a hash, but not affordable (hash_cost.h)
};

struct StoredSecret {
  SecretKind kind = SecretKind::Locked;
  std::string_view text;  // without the scheme; a view into the field
};

// Parses [{SCHEME}]secret, as in a passwd-file.  Dovecot's scheme names for
// crypt hashes are known, too; letter case does not matter.  Without a scheme
// the secret is a hash.
StoredSecret parse_secret(std::string_view field);

// Names what is damaged in a secret of this kind; nullptr: nothing.
const char* secret_fault(SecretKind kind);

}  // namespace checkpw
