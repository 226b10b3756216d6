// SPDX-License-Identifier: ISC
#pragma once

#include "lib/text/fixed_text.h"

namespace lib {

// The client as the log names it.  If nothing tells (a pipe, a terminal), ip is
// "-" and port empty.
struct Client {
  FixedText<255> ip;
  FixedText<5> port;
  // True if all of the variables below are empty and descriptor 0 has no
  // network peer.  If one of them holds a name instead of an address, this is
  // false, although ip may be "-".
  bool local = false;
};

// Uses the first of TCPREMOTEIP, TCP6REMOTEIP, REMOTE_ADDR and REMOTE_HOST that
// contains an address (some super-servers put a name there), and TCPREMOTEPORT,
// TCP6REMOTEPORT or REMOTE_PORT with it; otherwise getpeername(2) of descriptor
// 0.  If only the variable for the port is missing, the port is that of the
// peer, provided that the peer has the same address.  ip is spelt as
// format_address() spells it.
Client find_client();

}  // namespace lib
