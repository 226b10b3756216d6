// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/io/pipe.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace lib {

Result<Pipe> make_pipe(const char* doing, int flags) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | flags) != 0)
    return Error::from_errno(doing);
  return Pipe{.reading = UniqueFd(ends[0]), .writing = UniqueFd(ends[1])};
}

Result<SocketPair> make_socket_pair(const char* doing, int type) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return Error::from_errno(doing);
  return SocketPair{.first = UniqueFd(ends[0]), .second = UniqueFd(ends[1])};
}

}  // namespace lib
