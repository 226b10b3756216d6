// SPDX-License-Identifier: ISC
// Any bytes as a proxy's header: no more than a header is taken, and a client
// that it names is read the same from a line of version 1.
#include <cstdlib>
#include <string>

#include "popup/dialogue/proxy.h"

namespace {

using popup::ProxyHeader;

void require(bool condition) {
  if (!condition) abort();
}

ProxyHeader feed(std::string_view bytes, size_t& taken) {
  ProxyHeader header;
  for (taken = 0; taken < bytes.size(); ++taken) {
    if (header.state() != ProxyHeader::State::Need) break;
    header.feed(bytes[taken]);
  }
  return header;
}

// A header as the line of version 1 with the same content.
std::string as_line(const popup::ProxiedClient& client) {
  const bool ipv4 =
      client.source.address.is_ipv4() && client.destination.address.is_ipv4();
  const auto address = [ipv4](const lib::Endpoint& endpoint) {
    const auto text = lib::format_address(endpoint.address);
    const bool mapped = !ipv4 && endpoint.address.is_ipv4();
    return std::string(mapped ? "::ffff:" : "") + std::string(text.view());
  };
  return std::string("PROXY ") + (ipv4 ? "TCP4 " : "TCP6 ") +
         address(client.source) + ' ' + address(client.destination) + ' ' +
         std::to_string(client.source.port) + ' ' +
         std::to_string(client.destination.port) + "\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  size_t taken = 0;
  const ProxyHeader header = feed(bytes, taken);
  require(taken <= ProxyHeader::kLongestHeader);
  require(bytes[0] == '\r' || taken <= ProxyHeader::kLongestLine);
  if (header.state() != ProxyHeader::State::Done || header.client().local)
    return 0;
  size_t line_taken = 0;
  const std::string line = as_line(header.client());
  const ProxyHeader again = feed(line, line_taken);
  require(again.state() == ProxyHeader::State::Done);
  require(line_taken == line.size());
  require(as_line(again.client()) == line);
  return 0;
}
