// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/deadline.h"
#include "lib/result.h"

namespace popup {

// Descriptors 0 and 1 that are closed become /dev/null, so that no pipe of
// ours is taken for the client.  Before the Log is made, which does the same
// for 2 and may open a socket.
void fill_client_descriptors();

// For -D, whose sessions would hand on what it was started with: closes all
// descriptors from 3 on, except the first passed ones of them and kept (-1:
// none).
void close_inherited(unsigned passed, int kept);

// Super-servers may leave O_NONBLOCK on the connection: the dialogue blocks,
// so it goes.  On a TCP connection replies leave at once (TCP_NODELAY).
lib::Status prepare_connection();

// For the end of a connection that fd, a socket, belongs to: ends our side,
// and throws away what the client still sends, unread, up to 64 KiB, until it
// ends its own or the deadline passes.  A pipe is left alone.
void discard_input(int fd, lib::Deadline deadline);

// SO_DEBUG on the connection, as far as the kernel and our privileges go.
void debug_connection();

}  // namespace popup
