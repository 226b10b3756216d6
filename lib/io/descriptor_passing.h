// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>

#include "lib/io/unique_fd.h"

// Messages with a descriptor beside them between processes of one program,
// over a socket of AF_UNIX and SOCK_SEQPACKET (unix(7), SCM_RIGHTS).  May run
// as root.  EINTR is retried.
namespace lib {

// False on an error (errno); never SIGPIPE.
bool send_with_descriptor(int socket, std::string_view message, int fd);

struct ReceivedMessage {
  ssize_t size = -1;    // 0 is the other side's end, -1 an error (errno)
  UniqueFd descriptor;  // close-on-exec; none where none was sent
};

// Takes one message; flags are those of recvmsg (MSG_DONTWAIT).  A message
// that into does not hold, or with more than one descriptor, is an error
// (EMSGSIZE), and nothing that came with it stays open.
ReceivedMessage receive_with_descriptor(int socket, std::span<char> into,
                                        int flags = 0);

}  // namespace lib
