// SPDX-License-Identifier: ISC
#pragma once

#include "lib/text/fixed_text.h"

namespace lib {

// The client as the log names it; ip is "-" and port empty where nothing
// tells (a pipe, a terminal).
struct Client {
  FixedText<255> ip;
  FixedText<5> port;
  // No variable below holds anything, and descriptor 0 has no network peer.  A
  // name in place of an address makes ip "-", but the client is not local.
  bool local = false;
};

// First of TCPREMOTEIP, TCP6REMOTEIP, REMOTE_ADDR, REMOTE_HOST (with
// TCPREMOTEPORT, TCP6REMOTEPORT, REMOTE_PORT) that holds an address (some
// super-servers put a name there), then getpeername of fd 0.  The port is
// getpeername's, too, if the variable is missing and the address is the same.
// However an address is spelt, ip has lib::format_address's spelling.
Client find_client();

}  // namespace lib
