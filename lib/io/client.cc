// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/io/client.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "lib/text/address.h"
#include "lib/text/text.h"

namespace lib {
namespace {

struct Variables {
  const char* ip;
  const char* port;
};
constexpr std::array<Variables, 4> kVariables{{
    {"TCPREMOTEIP", "TCPREMOTEPORT"},
    {"TCP6REMOTEIP", "TCP6REMOTEPORT"},
    {"REMOTE_ADDR", "REMOTE_PORT"},
    {"REMOTE_HOST", "REMOTE_PORT"},
}};

std::optional<Endpoint> peer_of_input() {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (getpeername(0, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return {};
  return endpoint_of(peer);
}

// variable is the value of the variable for the port, or null: xinetd sets an
// address and no port.  The socket's port counts only if its peer has that
// address; a proxy in between has another one.
void set_port(Client& client, const Address& address, const char* variable) {
  if (variable != nullptr && parse_number(variable, UINT16_MAX)) {
    client.port << variable;
    return;
  }
  const auto peer = peer_of_input();
  if (peer && peer->address == address) client.port.number(peer->port);
}

}  // namespace

Client find_client() {
  Client client;
  for (const auto& [ip, port] : kVariables) {
    const char* value = getenv(ip);
    if (value == nullptr) continue;
    const auto address = parse_address(value);
    if (!address) continue;
    client.ip << format_address(*address).view();
    set_port(client, *address, getenv(port));
    return client;
  }
  if (const auto peer = peer_of_input()) {
    client.ip << format_address(peer->address).view();
    client.port.number(peer->port);
  } else {
    client.ip << '-';
    client.local = std::ranges::none_of(kVariables, [](const Variables& names) {
      const char* value = getenv(names.ip);
      return value != nullptr && *value != '\0';
    });
  }
  return client;
}

}  // namespace lib
