// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>

#include "lib/io/unique_fd.h"

// Passes a message and one descriptor between processes of one program, through
// a socket of AF_UNIX and SOCK_SEQPACKET (unix(7), SCM_RIGHTS).  EINTR is
// retried.
namespace lib {

// Returns false on an error (errno).  Never raises SIGPIPE.
bool send_with_descriptor(int socket, std::string_view message, int fd);

struct ReceivedMessage {
  ssize_t size = -1;    // 0: the other side has closed; -1: an error (errno)
  UniqueFd descriptor;  // close-on-exec; not valid if none was sent
};

// Receives one message.  flags are those of recvmsg(2), such as MSG_DONTWAIT.
// A message that is longer than into or has more than one descriptor is an
// error (EMSGSIZE), and all of its descriptors are closed.
ReceivedMessage receive_with_descriptor(int socket, std::span<char> into,
                                        int flags = 0);

}  // namespace lib
