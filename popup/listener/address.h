// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/text/address.h"

namespace popup {

constexpr uint16_t kPop3Port = 110;

// Where to listen; no address means every address of both families.
struct ListenAddress {
  std::optional<lib::Address> address;
  uint16_t port = kPop3Port;  // 0: any free one
};

// The value of -l: 192.0.2.1:110, [2001:db8::1]:110, :110, 110, 192.0.2.1 or
// [2001:db8::1].  nullopt for anything else: a name, a scope, and an IPv6
// address without brackets, which could hide a port.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace popup
