// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>

#include "lib/result.h"

// The folder connection: one client's connection, as descriptors, as variables
// in the environment, and as the listener counts it.
// May be called by: main.cc, options.cc, the loop and the broker.
// May call: lib.
namespace popup {

// Opens /dev/null on descriptors 0 and 1 if they are closed, so that a pipe of
// ours is not taken for the client.  Call it before the Log is made, which does
// the same for 2 and may open a socket.
void fill_client_descriptors();

// With -D each session would pass inherited descriptors on.  Closes all from 3
// on, except the first `passed` of them and `kept` (-1: none).
void close_inherited(unsigned passed, int kept);

// Descriptors 0 and 1: clears O_NONBLOCK, which super-servers may leave set,
// because the dialogue blocks; and send_without_delay().
lib::Status prepare_connection();

// On a TCP connection replies are sent without delay (TCP_NODELAY).
void send_without_delay(int fd);

// After the last reply, with a socket of the connection: shuts down our side.
// Then discards what has arrived of what the client still sends, up to most
// octets.  Returns how many may still be discarded once more has come; 0 if
// the client has closed its side, and for a pipe.
size_t discard_input(int fd, size_t most);

// Sets SO_DEBUG on a connection if the kernel and our privileges allow it.
void debug_connection(int fd);

}  // namespace popup
