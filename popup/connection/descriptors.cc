// SPDX-License-Identifier: ISC
// Runs as root: sets up the connection's descriptors.
#include "popup/connection/descriptors.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace popup {
void fill_client_descriptors() {
  for (const int fd : {0, 1})
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR);
}

lib::Status prepare_connection() {
  for (const int fd : {0, 1}) {
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return lib::Error::from_errno("examine the connection");
    if ((flags & O_NONBLOCK) != 0 &&
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
      return lib::Error::from_errno("make the connection blocking");
  }
  send_without_delay(1);
  return {};
}

// Fails on a pipe, which has no such delay.
void send_without_delay(int fd) {
  const int on = 1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// MSG_TRUNC makes the kernel drop TCP's bytes without copying them to us.
size_t discard_input(int fd, size_t most) {
  constexpr int kFlags = MSG_DONTWAIT | MSG_TRUNC;
  if (shutdown(fd, SHUT_WR) != 0) return 0;
  std::array<char, 4096> unread;
  while (most > 0) {
    const ssize_t got = recv(fd, unread.data(), unread.size(), kFlags);
    if (got < 0 && errno == EAGAIN) return most;
    if (got <= 0) return 0;
    most -= std::min(most, static_cast<size_t>(got));
  }
  return 0;
}

void debug_connection(int fd) {
  const int on = 1;
  (void)setsockopt(fd, SOL_SOCKET, SO_DEBUG, &on, sizeof on);
}

}  // namespace popup
