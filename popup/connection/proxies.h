// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>
#include <vector>

#include "lib/text/address.h"

namespace popup {

// -P and --proxy-from: whether the connection opens with a PROXY header, and
// who may send one.
struct Proxies {
  bool expected = false;
  std::vector<lib::Network> trusted;  // empty: loopback

  // "cidr,cidr,...", in place of the loopback networks; false, with nothing
  // changed, for anything else.
  bool trust(std::string_view list);
  [[nodiscard]] bool trusts(const lib::Address& peer) const;
};

}  // namespace popup
