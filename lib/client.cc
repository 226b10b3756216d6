// SPDX-License-Identifier: ISC
#include "lib/client.h"

#include <sys/socket.h>

#include <array>
#include <cstdlib>

#include "lib/address.h"
#include "lib/text.h"

namespace lib {
namespace {

struct Names {
  const char* ip;
  const char* port;
};
constexpr std::array<Names, 4> kVariables{{
    {"TCPREMOTEIP", "TCPREMOTEPORT"},
    {"TCP6REMOTEIP", "TCP6REMOTEPORT"},
    {"REMOTE_ADDR", "REMOTE_PORT"},
    {"REMOTE_HOST", "REMOTE_PORT"},
}};

}  // namespace

Client find_client() {
  Client client;
  for (const auto& [ip, port] : kVariables) {
    const char* value = getenv(ip);
    if (value == nullptr || !parse_address(value)) continue;
    client.ip << value;
    if (client.ip.overflowed()) break;
    const char* number = getenv(port);
    if (number != nullptr && parse_number(number, UINT16_MAX))
      client.port << number;
    return client;
  }
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  client.ip.clear();
  if (getpeername(0, reinterpret_cast<sockaddr*>(&peer), &size) == 0) {
    if (const auto endpoint = endpoint_of(peer)) {
      client.ip << format_address(endpoint->address).view();
      client.port.number(endpoint->port);
      return client;
    }
  }
  client.ip << '-';
  return client;
}

}  // namespace lib
