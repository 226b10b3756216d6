// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/process/checkpassword.h"

namespace checkpw {

// True where a plain password can be the proof: PASS, PLAIN, LOGIN, or a
// front end that does not say.
bool allows_password(lib::Mechanism mechanism);

// True where the client proved that it knows secret, which is stored as plain
// text.  With a mechanism named only its kind of proof counts: the password;
// the APOP digest of timestamp and secret (RFC 1939 section 7); the CRAM-MD5
// response to the challenge (RFC 2195).  Unnamed: the password, then APOP
// where there is a timestamp.  An empty proof or secret never matches.
// Pure; compares in constant time.
bool proves_plain(const lib::Credentials& credentials, std::string_view secret);

// The same for a plain secret that stands beside a hash: APOP and CRAM-MD5
// digests count, the password itself does not.  Pure.
bool proves_digest(const lib::Credentials& credentials,
                   std::string_view secret);

}  // namespace checkpw
