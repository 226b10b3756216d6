// SPDX-License-Identifier: ISC
#include "popup/listener/address.h"

#include "tests/unit/unit.h"

namespace {

struct Row {
  const char* text;
  const char* address;  // "" for every address
  uint16_t port;
};
constexpr Row kGood[] = {
    {"192.0.2.1:1110", "192.0.2.1", 1110},
    {"192.0.2.1:0", "192.0.2.1", 0},
    {"192.0.2.1", "192.0.2.1", 110},
    {"0.0.0.0:65535", "0.0.0.0", 65535},
    {"[2001:db8::1]:1110", "2001:db8::1", 1110},
    {"[2001:db8::1]", "2001:db8::1", 110},
    {"[::]:110", "::", 110},
    {":1110", "", 1110},
    {"1110", "", 1110},
};

}  // namespace

TEST(addresses_and_ports_to_listen_on_are_read) {
  for (const Row& row : kGood) {
    const auto got = popup::parse_listen_address(row.text);
    CHECK(got && got->port == row.port);
    CHECK(got && got->address == lib::parse_address(row.address));
  }
}

TEST(malformed_addresses_to_listen_on_are_refused) {
  for (const char* bad : {"",
                          ":",
                          "[",
                          "[]",
                          "[]:110",
                          "[::1",
                          "[::1]x",
                          "[::1]110",
                          "[::1]:",
                          "[::1]:x",
                          "::1",
                          "::1:110",
                          "2001:db8::1:110",
                          "192.0.2.1:",
                          "192.0.2.1:65536",
                          "192.0.2.1:-1",
                          "192.0.2.1:pop3",
                          "192.0.2:110",
                          "192.0.2.256:110",
                          "[192.0.2.1]:110",
                          "localhost:110",
                          "*:110",
                          "65536",
                          "-1",
                          " 110",
                          "110 ",
                          "[fe80::1%eth0]:110"})
    CHECK(!popup::parse_listen_address(bad));
}
