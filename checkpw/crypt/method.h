// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace checkpw {

// A way to store a password that checkpw-hash offers.
struct Method {
  std::string_view name;    // as -m says it; letter case does not matter
  std::string_view prefix;  // of its settings; empty for PLAIN
  unsigned long cost;       // 0: crypt(3)'s own default
  size_t longest = 0;       // bytes of a password that count; 0: all
};

std::span<const Method> methods();
std::optional<Method> find_method(std::string_view name);

// True where crypt(3) knows it here (hash.h).
bool is_available(const Method& method);
// The one that crypt(3) prefers; where it knows none, one that is not
// available.
Method preferred_method();

inline bool is_plain(const Method& method) {
  return method.prefix.empty();
}

}  // namespace checkpw
