// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/text/fixed_text.h"

struct sockaddr_storage;

namespace lib {

// An IP address.  IPv4 is stored as ::ffff:a.b.c.d, so that both spellings are
// equal, and printed as a.b.c.d.
struct Address {
  std::array<uint8_t, 16> bytes{};

  [[nodiscard]] bool is_ipv4() const;
  bool operator==(const Address&) const = default;
};

// Parses a numeric address without port and brackets.  A scope (%eth0) is
// ignored.
std::optional<Address> parse_address(std::string_view text);
FixedText<46> format_address(const Address& address);

struct Endpoint {
  Address address;
  uint16_t port = 0;
};
// Returns nullopt for a family other than AF_INET and AF_INET6.
std::optional<Endpoint> endpoint_of(const sockaddr_storage& socket_address);

struct Network {
  Address address;
  unsigned bits = 128;  // of the stored address: 192.0.2.0/24 has 120

  [[nodiscard]] bool contains(const Address& candidate) const;
};
// Parses address[/bits].
std::optional<Network> parse_network(std::string_view text);

// Clients are counted by this address: an IPv4 address itself, or the /64
// network of an IPv6 address.
Address source_of(const Address& address);

}  // namespace lib
