// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>
#include <vector>

#include "lib/text/address.h"

namespace popup {

// -P and --proxy-from: whether each connection starts with a PROXY header, and
// who may send one.
struct Proxies {
  bool expected = false;
  std::vector<lib::Network> trusted;  // empty: loopback

  // Parses "address[/bits],...", which replaces the loopback networks.  Returns
  // false, with nothing changed, if the list is malformed.
  bool trust(std::string_view list);
  [[nodiscard]] bool trusts(const lib::Address& peer) const;
};

}  // namespace popup
