// SPDX-License-Identifier: ISC
#include "popup/connection_environment.h"

#include <sys/socket.h>

#include <cstdlib>

namespace popup {
namespace {

void set_endpoint(const char* ip, const char* port,
                  const lib::Endpoint& endpoint) {
  lib::FixedText<5> digits;
  digits.number(endpoint.port);
  auto address = lib::format_address(endpoint.address);
  setenv(ip, address.c_str(), 1);
  setenv(port, digits.c_str(), 1);
}

}  // namespace

void prepare_connection_environment() {
  for (const char* name :
       {"TCPLOCALHOST", "TCPLOCALIP", "TCPLOCALPORT", "TCPREMOTEHOST",
        "TCPREMOTEINFO", "TCPREMOTEIP", "TCPREMOTEPORT", "TCP6REMOTEIP",
        "TCP6REMOTEPORT", "REMOTE_ADDR", "REMOTE_PORT", "REMOTE_HOST",
        "SSL_PROTOCOL", "SSLCTLFD", "SSLREADFD", "SSLWRITEFD"})
    unsetenv(name);
  setenv("PROTO", "TCP", 1);
}

void describe_connection(int fd, const lib::Endpoint& client) {
  set_endpoint("TCPREMOTEIP", "TCPREMOTEPORT", client);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return;
  if (const auto local = lib::endpoint_of(address))
    set_endpoint("TCPLOCALIP", "TCPLOCALPORT", *local);
}

}  // namespace popup
