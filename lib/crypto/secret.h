// SPDX-License-Identifier: ISC
// May run as root.
#pragma once

#include "lib/text/fixed_text.h"

namespace lib {

// Credentials on descriptor 3 are at most 512 bytes (checkpassword(7)), so no
// secret is longer.
constexpr size_t kCredentialsSize = 512;

// A text that its destructor wipes.  It cannot be copied and needs no heap.
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
