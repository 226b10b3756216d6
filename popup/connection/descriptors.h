// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/deadline.h"
#include "lib/result.h"

// The folder connection: one client's connection, as descriptors, as variables
// in the environment, and as the listener counts it.
// May be called by: main.cc, options.cc, the listener and the broker.
// May call: lib.
namespace popup {

// Opens /dev/null on descriptors 0 and 1 if they are closed, so that a pipe of
// ours is not taken for the client.  Call it before the Log is made, which does
// the same for 2 and may open a socket.
void fill_client_descriptors();

// With -D each session would pass inherited descriptors on.  Closes all from 3
// on, except the first `passed` of them and `kept` (-1: none).
void close_inherited(unsigned passed, int kept);

// Clears O_NONBLOCK, which super-servers may leave set: the dialogue blocks.
// On a TCP connection replies are sent without delay (TCP_NODELAY).
lib::Status prepare_connection();

// Call it after the last reply, with a socket of the connection.  Shuts down
// our side, and discards what the client still sends: up to 64 KiB, until it
// closes its side or the deadline passes.  Does nothing to a pipe.
void discard_input(int fd, lib::Deadline deadline);

// Sets SO_DEBUG on the connection if the kernel and our privileges allow it.
void debug_connection();

}  // namespace popup
