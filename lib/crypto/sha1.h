// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

// SHA-1 (FIPS 180-4), for stored passwords.
namespace lib {

using Sha1Digest = std::array<uint8_t, 20>;

// The digest of all parts, one after the other.
Sha1Digest sha1(std::span<const std::string_view> parts);

}  // namespace lib
