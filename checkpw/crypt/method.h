// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "checkpw/crypt/digest.h"
#include "checkpw/crypt/hash.h"

namespace checkpw {

// A way to store a password that checkpw-hash offers.
struct Method {
  std::string_view name;    // for -m; letter case does not matter
  std::string_view prefix;  // of its settings; empty if not for crypt(3)
  unsigned long cost;       // 0: crypt(3)'s own default
  size_t longest = 0;       // bytes of a password that it uses; 0: all
  std::optional<DigestMethod> digest{};  // salted, and weak (digest.h)
};

std::span<const Method> methods();
std::optional<Method> find_method(std::string_view name);

// True unless it needs a crypt(3) that does not know it (hash.h).
bool is_available(const Method& method);
// The method that crypt(3) prefers; if it knows none, one that is not
// available.
Method preferred_method();
// True if it stores the password itself.
inline bool stores_plain_text(const Method& method) {
  return method.prefix.empty() && !method.digest;
}

// The part of a hash that sets its cost: method and parameters without the
// salt, such as "$y$j9T$"; empty for traditional DES.  Pure.
std::string_view method_and_cost(std::string_view hash);

// Counts which method and cost the hashes of a store have.
class MethodCount {
 public:
  void add(std::string_view hash);
  // The first hash of the most frequent kind; empty if none was added.
  [[nodiscard]] std::string_view most_common() const;

 private:
  struct Kind {
    size_t count = 0;
    HashText first;
  };
  // More than a store ever mixes; further kinds are not counted.
  std::array<Kind, 32> kinds_;
};

}  // namespace checkpw
