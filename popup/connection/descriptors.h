// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>

#include "lib/result.h"

// The folder connection: a connection's descriptors, the variables that
// describe it, and the proxies that may pass it on.
// May be called by: main.cc, options.cc, the loop and the broker.
// May call: lib.
namespace popup {

// Opens /dev/null on descriptors 0 and 1 if they are closed, so that a pipe of
// ours is not taken for the client.  Call it before the Log is made, which does
// the same for 2 and may open a socket.
void fill_client_descriptors();

// Descriptors 0 and 1: clears O_NONBLOCK, which super-servers may leave set,
// because the dialogue blocks; and send_without_delay().
lib::Status prepare_connection();

// On a TCP connection replies are sent without delay (TCP_NODELAY).
void send_without_delay(int fd);

// For a socket of the connection, after the last reply.  Shuts down our side,
// then discards the input that has arrived, at most `most` octets.  Returns how
// many of these are left for input that arrives later; 0 if the client has
// closed its side, and for a pipe.
size_t discard_input(int fd, size_t most);

// Sets SO_DEBUG on a connection if the kernel and our privileges allow it.
void debug_connection(int fd);

}  // namespace popup
