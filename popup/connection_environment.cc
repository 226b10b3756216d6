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

void forget_endpoints() {
  for (const char* name :
       {"TCPLOCALHOST", "TCPLOCALIP", "TCPLOCALPORT", "TCPREMOTEHOST",
        "TCPREMOTEINFO", "TCPREMOTEIP", "TCPREMOTEPORT", "TCP6LOCALHOST",
        "TCP6LOCALIP", "TCP6LOCALPORT", "TCP6REMOTEHOST", "TCP6REMOTEINFO",
        "TCP6REMOTEIP", "TCP6REMOTEPORT", "REMOTE_ADDR", "REMOTE_PORT",
        "REMOTE_HOST"})
    unsetenv(name);
  setenv("PROTO", "TCP", 1);
}

}  // namespace

void prepare_connection_environment() {
  forget_endpoints();
  for (const char* name : {"SSL_PROTOCOL", "SSL_CIPHER", "POP3_TLS", "SSLCTLFD",
                           "SSLREADFD", "SSLWRITEFD"})
    unsetenv(name);
}

void describe_proxied_connection(const lib::Endpoint& client,
                                 const lib::Endpoint& local) {
  forget_endpoints();
  set_endpoint("TCPREMOTEIP", "TCPREMOTEPORT", client);
  set_endpoint("TCPLOCALIP", "TCPLOCALPORT", local);
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
