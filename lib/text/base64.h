// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

// Base 64 of RFC 4648 section 4, strict: padding required, no white space,
// no surplus bits.
namespace lib {

// The bytes written to into; nullopt where text is not base 64 or does not
// fit.
std::optional<size_t> decode_base64(std::string_view text,
                                    std::span<char> into);

// The characters written to into; nullopt where it does not fit.
std::optional<size_t> encode_base64(std::string_view bytes,
                                    std::span<char> into);

}  // namespace lib
