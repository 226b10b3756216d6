// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "checkpw/crypt/hash.h"

namespace checkpw {

// What of a hash says how much work it is: method and cost, without the salt,
// such as "$y$j9T$".  Pure.
std::string_view work_of(std::string_view hash);

// Which method and cost the hashes of a store have most often.
class SettingCount {
 public:
  void add(std::string_view hash);
  // The first hash of the most frequent kind; empty where there was none.
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
