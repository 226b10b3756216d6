// SPDX-License-Identifier: ISC
#pragma once

#include "lib/text/address.h"
#include "lib/text/fixed_text.h"

namespace popup {

// The domain name under which DNS keeps the name of an address, without a
// trailing dot: 7.2.0.192.in-addr.arpa (RFC 1035 section 3.5), or its nibbles
// under ip6.arpa (RFC 3596 section 2.5).
lib::FixedText<73> reverse_name(const lib::Address& address);

}  // namespace popup
