// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/text/fixed_text.h"

// The CAPA reply (RFC 2449, RFC 3206).  Two programs send it, and it has to
// list the same tags before and after the login (RFC 2449 section 6).
//
// popup therefore passes its own lines to maildir-pop3d in the environment
// variable POPUP_CAPA: USER and SASL exactly as popup announced them, and
// LOGIN-DELAY if popup announced that.  LF separates the lines and does not end
// the last one: "USER\nSASL PLAIN LOGIN".  A line is 1 to 100 characters of
// [A-Z0-9 -], the whole value at most 512 bytes.  The reader checks this, and
// treats a value of another form as unset.
namespace lib {

constexpr size_t kAnnouncedSize = 512;

// True if value has the form above; an empty value has.
bool valid_capability_lines(std::string_view value);

using CapabilityReply = FixedText<1024>;

// The whole reply, from +OK to the dot.  announced has the form above.
// login_delay is in seconds; 0 means none.  It is ignored if announced already
// contains one, because the client has seen that.  offer_stls is true if STLS
// would work now (RFC 2595).
CapabilityReply capability_reply(std::string_view announced,
                                 unsigned login_delay, bool offer_stls);

}  // namespace lib
