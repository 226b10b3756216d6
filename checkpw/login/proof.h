// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/process/checkpassword.h"

namespace checkpw {

// True for the mechanisms that send the password itself (PASS, PLAIN, LOGIN),
// and for an unnamed mechanism, which may send it.
bool allows_password(lib::Mechanism mechanism);

// True if the client proved that it knows secret, a plain text.  A named
// mechanism allows only its own proof: the password; the APOP digest of
// timestamp and secret (RFC 1939 section 7); the CRAM-MD5 response to the
// challenge (RFC 2195).  An unnamed one allows the password, and with a
// timestamp the APOP digest.  An empty proof or secret never matches.  Pure;
// compares in constant time.
bool proves_plain(const lib::Credentials& credentials, std::string_view secret);

// The same, but only by a digest (APOP, CRAM-MD5), not by the password itself:
// for the plain secret of an account that also has a hash.
bool proves_digest(const lib::Credentials& credentials,
                   std::string_view secret);

// True if the client proved, by the password itself or by CRAM-MD5, that it
// knows the password of which stored, a lib::HmacMd5Key, was made.  That of the
// empty password never matches.
bool proves_hmac_key(const lib::Credentials& credentials,
                     std::string_view stored);

}  // namespace checkpw
