// SPDX-License-Identifier: ISC
#pragma once

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

namespace floors {

// Listens on 127.0.0.1, or ends the program.
inline int listen_on(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 ||
      listen(fd, 512) < 0)
    exit(1);
  return fd;
}

}  // namespace floors
