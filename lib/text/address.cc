// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/text/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "lib/text/text.h"

namespace lib {
namespace {

constexpr std::array<uint8_t, 12> kIpv4Prefix{0, 0, 0, 0, 0,   0,
                                              0, 0, 0, 0, 255, 255};

Address mapped(const in_addr& ipv4) {
  Address address;
  std::ranges::copy(kIpv4Prefix, address.bytes.begin());
  memcpy(address.bytes.data() + 12, &ipv4, 4);
  return address;
}

}  // namespace

bool Address::is_ipv4() const {
  return std::equal(kIpv4Prefix.begin(), kIpv4Prefix.end(), bytes.begin());
}

std::optional<Address> parse_address(std::string_view text) {
  FixedText<INET6_ADDRSTRLEN> plain;
  plain << text.substr(0, text.find('%'));
  if (plain.overflowed() || plain.view().find('\0') != std::string_view::npos)
    return std::nullopt;
  in_addr ipv4{};
  if (inet_pton(AF_INET, plain.c_str(), &ipv4) == 1) return mapped(ipv4);
  Address address;
  if (inet_pton(AF_INET6, plain.c_str(), address.bytes.data()) == 1)
    return address;
  return std::nullopt;
}

FixedText<46> format_address(const Address& address) {
  FixedText<46> text;
  if (address.is_ipv4()) {
    // inet_ntop uses printf, which takes 15 us of processor time in a login of
    // 597 us.
    for (size_t i = kIpv4Prefix.size(); i < address.bytes.size(); ++i) {
      if (!text.empty()) text << '.';
      text.number(address.bytes[i]);
    }
    return text;
  }
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const char* const made =
      inet_ntop(AF_INET6, address.bytes.data(), buffer.data(), buffer.size());
  if (made != nullptr) text << made;
  return text;
}

std::optional<Endpoint> endpoint_of(const sockaddr_storage& socket_address) {
  if (socket_address.ss_family == AF_INET) {
    sockaddr_in ipv4{};
    memcpy(&ipv4, &socket_address, sizeof ipv4);
    return Endpoint{mapped(ipv4.sin_addr), ntohs(ipv4.sin_port)};
  }
  if (socket_address.ss_family != AF_INET6) return std::nullopt;
  sockaddr_in6 ipv6{};
  memcpy(&ipv6, &socket_address, sizeof ipv6);
  Endpoint endpoint{{}, ntohs(ipv6.sin6_port)};
  memcpy(endpoint.address.bytes.data(), &ipv6.sin6_addr, 16);
  return endpoint;
}

bool Network::contains(const Address& candidate) const {
  const size_t whole = bits / 8;
  if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole,
                  candidate.bytes.begin()))
    return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xff00U >> (bits % 8) & 0xffU;
  return ((address.bytes[whole] ^ candidate.bytes[whole]) & mask) == 0;
}

std::optional<Network> parse_network(std::string_view text) {
  const bool has_bits = text.find('/') != std::string_view::npos;
  const std::string_view host = next_field(text, '/');
  const auto address = parse_address(host);
  if (!address) return std::nullopt;
  const bool written_ipv4 = host.find(':') == std::string_view::npos;
  const unsigned most = written_ipv4 ? 32 : 128;
  const auto bits = has_bits ? parse_number(text, most) : most;
  if (!bits) return std::nullopt;
  return Network{*address, static_cast<unsigned>(*bits) + (128 - most)};
}

Address source_of(const Address& address) {
  Address source = address;
  if (!address.is_ipv4()) std::fill_n(source.bytes.begin() + 8, 8, uint8_t{0});
  return source;
}

}  // namespace lib
