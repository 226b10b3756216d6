// SPDX-License-Identifier: ISC
// Runs as root: reads only what the administrator wrote.
#include "popup/listener/address.h"

#include "lib/text/text.h"

namespace popup {
namespace {

bool parse_port(std::string_view digits, uint16_t& port) {
  const auto number = lib::parse_number(digits, UINT16_MAX);
  if (number) port = static_cast<uint16_t>(*number);
  return number.has_value();
}

}  // namespace

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress where;
  if (parse_port(text, where.port)) return where;
  const bool ipv6 = text.starts_with('[');
  const size_t end = text.find(ipv6 ? ']' : ':');
  std::string_view host = text;
  std::string_view rest;  // the colon and the port
  if (end != std::string_view::npos) {
    host = ipv6 ? text.substr(1, end - 1) : text.substr(0, end);
    rest = text.substr(ipv6 ? end + 1 : end);
  } else if (ipv6) {
    return std::nullopt;
  }
  if (!rest.empty() &&
      (rest[0] != ':' || !parse_port(rest.substr(1), where.port)))
    return std::nullopt;
  if (host.empty() && !ipv6 && !rest.empty()) return where;
  const bool has_colon = host.find(':') != std::string_view::npos;
  if (has_colon != ipv6 || host.find('%') != std::string_view::npos)
    return std::nullopt;
  where.address = lib::parse_address(host);
  if (!where.address) return std::nullopt;
  return where;
}

}  // namespace popup
