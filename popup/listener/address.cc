// SPDX-License-Identifier: ISC
// Runs as root: reads only what the administrator wrote.
#include "popup/listener/address.h"

#include "lib/text/text.h"

namespace popup {
namespace {

std::optional<uint16_t> parse_port(std::string_view digits) {
  const auto number = lib::parse_number(digits, UINT16_MAX);
  if (!number) return std::nullopt;
  return static_cast<uint16_t>(*number);
}

// host is the text before the last colon, without brackets; port the text after
// it, if there is a colon.
std::optional<ListenAddress> assemble(std::string_view host, bool ipv6,
                                      std::optional<std::string_view> port) {
  ListenAddress where;
  if (port) {
    const auto number = parse_port(*port);
    if (!number) return std::nullopt;
    where.port = *number;
  }
  if (host.empty() && port && !ipv6) return where;
  const bool has_colon = host.find(':') != std::string_view::npos;
  if (has_colon != ipv6 || host.find('%') != std::string_view::npos)
    return std::nullopt;
  where.address = lib::parse_address(host);
  if (!where.address) return std::nullopt;
  return where;
}

}  // namespace

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  if (const auto port = parse_port(text)) return ListenAddress{{}, *port};
  const bool ipv6 = text.starts_with('[');
  std::string_view host = text;
  if (ipv6) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (text.empty()) return assemble(host, ipv6, std::nullopt);
    if (text[0] != ':') return std::nullopt;
    return assemble(host, ipv6, text.substr(1));
  }
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    return assemble(host, ipv6, std::nullopt);
  return assemble(text.substr(0, colon), ipv6, text.substr(colon + 1));
}

}  // namespace popup
