// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/text/address.h"

namespace popup {

constexpr uint16_t kPop3Port = 110;

// An address to listen on; without one, every address of both families.
struct ListenAddress {
  std::optional<lib::Address> address;
  uint16_t port = kPop3Port;  // 0: any free port
};

// The value of -l: 192.0.2.1:110, [2001:db8::1]:110, :110, 110, 192.0.2.1 or
// [2001:db8::1].  nullopt for anything else, such as names, scopes, and IPv6
// addresses without brackets: their last group could be meant as a port.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace popup
