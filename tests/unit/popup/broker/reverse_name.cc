// SPDX-License-Identifier: ISC
#include "popup/broker/reverse_name.h"

#include "tests/unit/unit.h"

TEST(the_name_of_an_IPv4_address_is_its_bytes_backwards) {
  const auto address = lib::parse_address("192.0.2.117");
  CHECK_EQUAL(popup::reverse_name(*address).view(), "117.2.0.192.in-addr.arpa");
}

TEST(the_name_of_an_IPv6_address_is_its_nibbles_backwards) {
  // RFC 3596 section 2.5
  const auto address = lib::parse_address("4321:0:1:2:3:4:567:89ab");
  const auto name = popup::reverse_name(*address);
  CHECK_EQUAL(name.view(),
              "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4."
              "ip6.arpa");
  CHECK(!name.overflowed());
}
