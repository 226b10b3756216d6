// SPDX-License-Identifier: ISC
// Never runs as root: the child of host_check.cc parses.
#include "popup/broker/reverse_name.h"

namespace popup {

lib::FixedText<73> reverse_name(const lib::Address& address) {
  lib::FixedText<73> name;
  if (address.is_ipv4()) {
    for (size_t i = 16; i-- > 12;) name.number(address.bytes[i]) << '.';
    name << "in-addr.arpa";
    return name;
  }
  for (size_t i = 16; i-- > 0;) {
    const unsigned byte = address.bytes[i];
    name.number(byte & 0xf, 16) << '.';
    name.number(byte >> 4, 16) << '.';
  }
  name << "ip6.arpa";
  return name;
}

}  // namespace popup
