// SPDX-License-Identifier: ISC
#pragma once

#include <optional>
#include <string_view>

#include "lib/crypto/secret.h"

// The record that a checkpassword program reads from descriptor 3
// (checkpassword(7)): encoded and decoded here and nowhere else.
namespace lib {

// How the client proved itself; Unnamed where a foreign front end does not
// say.
enum class Mechanism { Unnamed, Pass, Apop, Plain, Login, CramMd5 };

std::string_view mechanism_name(Mechanism mechanism);  // "PASS", "CRAM-MD5"
std::optional<Mechanism> mechanism_from_name(std::string_view name);

// Views into the buffer that was decoded.  For APOP, secret is the digest
// and timestamp the banner's; for CRAM-MD5 secret is the response digest and
// timestamp the challenge.
struct Credentials {
  std::string_view login;
  std::string_view secret;
  std::string_view timestamp;
  Mechanism mechanism = Mechanism::Unnamed;
};

// Appends login\0secret\0timestamp\0 and, unless unnamed, mechanism\0.
// False where a field holds a NUL, login is empty, or 512 bytes are not
// enough: then record is left empty.
bool encode_credentials(const Credentials& credentials, Secret& record);

// nullopt where the record has no login, or fewer than two NUL-terminated
// fields.  A missing timestamp is empty.  An unknown fourth field means
// Unnamed: other front ends may put what they like there.
std::optional<Credentials> decode_credentials(std::string_view record);

}  // namespace lib
