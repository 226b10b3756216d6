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
// Here are MD5 (RFC 1321) and HMAC-MD5 (RFC 2104), for APOP, CRAM-MD5 and
// stored passwords only.
namespace lib {

using Md5Digest = std::array<uint8_t, 16>;
using Md5Hex = std::array<char, 32>;  // lower case, without NUL

// The digest of all parts, one after the other.
Md5Digest md5(std::span<const std::string_view> parts);
Md5Digest hmac_md5(std::string_view key, std::string_view message);

// The states of the outer and the inner MD5 after the block with the key, which
// can be stored in place of the key (RFC 2104 section 4) and are as secret.
using HmacMd5Key = std::array<uint8_t, 32>;
HmacMd5Key hmac_md5_key(std::string_view key);
Md5Digest hmac_md5(const HmacMd5Key& key, std::string_view message);

Md5Hex to_hex(const Md5Digest& digest);

}  // namespace lib
