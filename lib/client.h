// SPDX-License-Identifier: ISC
#pragma once

#include "lib/fixed_text.h"

namespace lib {

// The client as the log names it; ip is "-" and port empty where nothing
// tells (a pipe, a terminal).
struct Client {
  FixedText<255> ip;
  FixedText<5> port;
};

// First of TCPREMOTEIP, TCP6REMOTEIP, REMOTE_ADDR, REMOTE_HOST (with
// TCPREMOTEPORT, TCP6REMOTEPORT, REMOTE_PORT) that holds an address (some
// super-servers put a name there), then getpeername of fd 0.
Client find_client();

}  // namespace lib
