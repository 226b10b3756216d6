// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/text/fixed_text.h"

struct sockaddr_storage;

namespace lib {

// An IP address; IPv4 is held as ::ffff:a.b.c.d and printed as a.b.c.d, so
// that both spellings are the same address.
struct Address {
  std::array<uint8_t, 16> bytes{};

  [[nodiscard]] bool is_ipv4() const;
  bool operator==(const Address&) const = default;
};

// Numeric text only, no port, no brackets; a scope (%eth0) is dropped.
std::optional<Address> parse_address(std::string_view text);
FixedText<46> format_address(const Address& address);

struct Endpoint {
  Address address;
  uint16_t port = 0;
};
// nullopt for anything but AF_INET and AF_INET6.
std::optional<Endpoint> endpoint_of(const sockaddr_storage& socket_address);

// address[/bits]; bits count from the family that the text is written in.
struct Network {
  Address address;
  unsigned bits = 128;

  [[nodiscard]] bool contains(const Address& candidate) const;
};
std::optional<Network> parse_network(std::string_view text);

// Who counts as one source: the IPv4 address, or the IPv6 /64.
Address source_of(const Address& address);

}  // namespace lib
