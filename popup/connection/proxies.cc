// SPDX-License-Identifier: ISC
// Runs as root: computes only.
#include "popup/connection/proxies.h"

#include <algorithm>
#include <utility>

#include "lib/text/text.h"

namespace popup {
bool Proxies::trust(std::string_view list) {
  std::vector<lib::Network> networks;
  if (list.ends_with(',')) return false;
  do {
    const auto network = lib::parse_network(lib::next_field(list, ','));
    if (!network) return false;
    networks.push_back(*network);
  } while (!list.empty());
  trusted = std::move(networks);
  return true;
}

bool Proxies::trusts(const lib::Address& peer) const {
  if (trusted.empty())
    return lib::parse_network("127.0.0.0/8")->contains(peer) ||
           lib::parse_network("::1")->contains(peer);
  return std::ranges::any_of(trusted, [&](const lib::Network& network) {
    return network.contains(peer);
  });
}

}  // namespace popup
