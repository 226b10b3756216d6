// SPDX-License-Identifier: ISC
#pragma once

#include <optional>
#include <string_view>

#include "lib/crypto/secret.h"

// Parses the responses of the SASL mechanisms (pure).  A field with a NUL in it
// is always refused, because in a record of checkpassword(7) a NUL ends a
// field.
namespace popup {

struct Proof {
  std::string_view login;   // both are views into the decoded response
  std::string_view secret;  // the password, or the digest
};

// Decodes one response line of RFC 5034 section 4: base 64, or "=" for an empty
// response.  False if it is neither, or longer than credentials can be.
bool decode_response(std::string_view line, lib::Secret& decoded);

// PLAIN, RFC 4616: [authzid] NUL authcid NUL password.  An authzid that
// differs from the authcid is refused: nobody reads somebody else's mail.
std::optional<Proof> parse_plain(std::string_view decoded);

// CRAM-MD5, RFC 2195 section 2: login, a space, 32 hexadecimal digits.
// The login may contain spaces.  APOP's argument has the same form.
std::optional<Proof> parse_digest(std::string_view decoded);

}  // namespace popup
