// SPDX-License-Identifier: ISC
// Runs as root: computes digests of passwords (sha2.cc).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104).
namespace lib {

using Sha256Digest = std::array<uint8_t, 32>;

// The digest of all parts, one after the other.
Sha256Digest sha256(std::span<const std::string_view> parts);
Sha256Digest hmac_sha256(std::string_view key,
                         std::span<const std::string_view> parts);

}  // namespace lib
