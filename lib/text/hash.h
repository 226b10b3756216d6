// SPDX-License-Identifier: ISC
// May run as root.
#pragma once

#include <cstdint>
#include <string_view>

namespace lib {

// FNV-1a: equal texts have equal hashes, others hardly ever.  Not for texts of
// an attacker.
inline uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace lib
