// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/text/fixed_text.h"

// The CAPA reply (RFC 2449, RFC 3206), which has to show the same tags before
// and after login (RFC 2449 section 6) though two programs give it.
//
// What only popup knows is handed on in the environment variable POPUP_CAPA:
// the lines USER and SASL exactly as popup announced them, separated by LF,
// without one at the end, such as "USER\nSASL PLAIN LOGIN", and LOGIN-DELAY
// where popup announced that.  A line is 1 to
// 100 characters of [A-Z0-9 -], the whole at most 512 bytes.  Whoever reads
// the variable checks that; a value that breaks it counts as unset.
namespace lib {

constexpr size_t kHandedCapabilitiesSize = 512;

// True where value keeps to the format above; an empty one does.
bool valid_capability_lines(std::string_view value);

using CapabilityReply = FixedText<1024>;

// The whole reply, from +OK to the dot.  handed_on is valid by the rule
// above; login_delay in seconds, 0 where none is enforced, and passed over
// where handed_on tells one: the client has heard that already; offer_stls only
// where STLS would work now (RFC 2595).
CapabilityReply capability_reply(std::string_view handed_on,
                                 unsigned login_delay, bool offer_stls);

}  // namespace lib
