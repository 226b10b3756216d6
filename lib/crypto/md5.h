// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

// This folder holds secrets and computes digests, in memory.
// Every folder may call it.
// It may call lib/text.
//
// Here are MD5 (RFC 1321) and HMAC-MD5 (RFC 2104), for APOP and CRAM-MD5 only.
namespace lib {

using Md5Digest = std::array<uint8_t, 16>;
using Md5Hex = std::array<char, 32>;  // lower case, without NUL

// The digest of all parts, one after the other.
Md5Digest md5(std::span<const std::string_view> parts);
Md5Digest hmac_md5(std::string_view key, std::string_view message);
Md5Hex to_hex(const Md5Digest& digest);

}  // namespace lib
