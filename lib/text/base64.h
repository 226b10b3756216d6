// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

// Base64 (RFC 4648 section 4), strict: padding is required; white space and
// surplus bits that are not 0 are refused.
namespace lib {

// Returns the number of bytes written to into, or nullopt if text is not base64
// or does not fit.
std::optional<size_t> decode_base64(std::string_view text,
                                    std::span<char> into);

// Returns the number of characters written to into, or nullopt if they do not
// fit.
std::optional<size_t> encode_base64(std::string_view bytes,
                                    std::span<char> into);

}  // namespace lib
