// SPDX-License-Identifier: ISC
// May run as root.
#pragma once

#include "lib/text/fixed_text.h"

namespace lib {

// Credentials on descriptor 3 are at most 512 bytes (checkpassword(7)), so
// that no secret is longer.
constexpr size_t kCredentialsSize = 512;

// A bounded text that is wiped when it goes: never copied, never on the heap.
template <size_t Capacity>
class WipedText : public FixedText<Capacity> {
 public:
  WipedText() = default;
  WipedText(const WipedText&) = delete;
  WipedText& operator=(const WipedText&) = delete;
  ~WipedText() { this->wipe(); }
};

using Secret = WipedText<kCredentialsSize>;

}  // namespace lib
