// SPDX-License-Identifier: ISC
#pragma once

#include "lib/result.h"

namespace popup {

// Descriptors 0 and 1 that are closed become /dev/null, so that no pipe of
// ours is taken for the client.  Before the Log is made, which does the same
// for 2 and may open a socket.
void fill_client_descriptors();

// Super-servers may leave O_NONBLOCK on the connection: the dialogue blocks,
// so it goes.  On a TCP connection replies leave at once (TCP_NODELAY).
lib::Status prepare_connection();

// SO_DEBUG on the connection, as far as the kernel and our privileges go.
void debug_connection();

}  // namespace popup
