// SPDX-License-Identifier: ISC
#pragma once

#include "lib/crypto/secret.h"
#include "lib/process/checkpassword.h"

namespace checkpw {

// What PAM gets in place of a password: the password itself, or for APOP
// "APOP <digest> <timestamp>", as mdpop3d(8) describes it, for a module that
// can compute the digest.  False where PAM is not to be asked: an empty
// password, a digest that is not 32 lower case hexadecimal digits or that of
// an empty secret, a password that looks like such a proof, CRAM-MD5, of which
// PAM knows nothing.  A front end that
// names no mechanism sends a password.  Pure.
bool password_for_pam(const lib::Credentials& credentials,
                      lib::Secret& password);

}  // namespace checkpw
