// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/unique_fd.h"
#include "lib/result.h"

// Pairs of descriptors, each owned from the start.  Both are close-on-exec;
// doing is the text of the error.
namespace lib {

struct Pipe {
  UniqueFd reading;
  UniqueFd writing;
};
// flags are further flags of pipe2(2).
Result<Pipe> make_pipe(const char* doing, int flags = 0);

// Two connected sockets of AF_UNIX.
struct SocketPair {
  UniqueFd first;
  UniqueFd second;
};
Result<SocketPair> make_socket_pair(const char* doing, int type);

}  // namespace lib
