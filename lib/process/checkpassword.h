// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "lib/crypto/secret.h"

// Encodes and decodes the record that a checkpassword program reads from
// descriptor 3, and the byte that a server sends back (checkpassword(7)).
namespace lib {

// The byte that a server writes to POPUP_STATUSFD before its first reply to the
// client: kRefusedStatus if it refuses the session because POPUP_IN_USE is 1,
// else kServedStatus.  popup takes any other byte for kServedStatus.
constexpr char kServedStatus = '+';
constexpr char kRefusedStatus = 'r';

// How the client logs in; Unnamed if a foreign front end does not say.
enum class Mechanism { Unnamed, Pass, Apop, Plain, Login, CramMd5 };
constexpr size_t kMechanisms = 6;  // how many values Mechanism has

std::string_view mechanism_name(Mechanism mechanism);  // "PASS", "CRAM-MD5"
std::optional<Mechanism> mechanism_from_name(std::string_view name);

// Decoded credentials are views into the buffer.  For APOP, secret is the
// digest and timestamp is the banner's; for CRAM-MD5, secret is the digest of
// the response and timestamp is the challenge.
struct Credentials {
  std::string_view login;
  std::string_view secret;
  std::string_view timestamp;
  Mechanism mechanism = Mechanism::Unnamed;
};

// Sets record to login\0secret\0timestamp\0 and, unless it is Unnamed,
// mechanism\0.  Returns false, with record empty, if a field contains a NUL,
// login is empty, or the record would be longer than 512 bytes.
bool encode_credentials(const Credentials& credentials, Secret& record);

// Returns nullopt if the login is empty, or if the record has fewer than two
// NUL-terminated fields.  A missing timestamp is empty.  An unknown fourth
// field means Unnamed: other front ends may put anything there.
std::optional<Credentials> decode_credentials(std::string_view record);

}  // namespace lib
