// SPDX-License-Identifier: ISC
// Runs as root: computes digests of passwords (sha2.cc).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

// SHA-512 (FIPS 180-4), for stored passwords.
namespace lib {

using Sha512Digest = std::array<uint8_t, 64>;

// The digest of all parts, one after the other.
Sha512Digest sha512(std::span<const std::string_view> parts);

}  // namespace lib
