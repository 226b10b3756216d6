// SPDX-License-Identifier: ISC
#pragma once

#include "lib/crypto/secret.h"
#include "lib/process/checkpassword.h"

namespace checkpw {

// Makes the password for PAM: the client's own, or for APOP "APOP <digest>
// <timestamp>", as mdpop3d(8) describes it, for a module that can compute the
// digest.  False if PAM must not be asked: the password is empty or looks like
// such a proof; the digest is not 32 lower case hexadecimal digits, or is that
// of an empty secret; the mechanism is CRAM-MD5, which PAM cannot verify.  A
// front end that does not name a mechanism sends a password.  Pure.
bool password_for_pam(const lib::Credentials& credentials,
                      lib::Secret& password);

}  // namespace checkpw
