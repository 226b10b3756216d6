// SPDX-License-Identifier: ISC
#include "lib/text/address.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <string>

#include "tests/unit/unit.h"

namespace {

std::string printed(const char* text) {
  const auto address = lib::parse_address(text);
  return address ? std::string(lib::format_address(*address).view()) : "none";
}

bool within(const char* network, const char* address) {
  const auto range = lib::parse_network(network);
  return range && range->contains(*lib::parse_address(address));
}

struct Row {
  const char* text;
  const char* wanted;
};
constexpr Row kAddresses[] = {
    {"192.0.2.1", "192.0.2.1"},
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"::ffff:192.0.2.1", "192.0.2.1"},
    {"::FFFF:c000:201", "192.0.2.1"},
    {"::", "::"},
    {"2001:DB8:0:0::1", "2001:db8::1"},
    {"fe80::1%eth0", "fe80::1"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
};

}  // namespace

TEST(addresses_are_printed_in_one_spelling) {
  for (const Row& row : kAddresses) CHECK_EQUAL(printed(row.text), row.wanted);
}

TEST(names_and_malformed_addresses_are_refused) {
  for (const char* bad :
       {"", "%eth0", "localhost", "192.0.2", "192.0.2.256", "192.0.2.1.2",
        "192.0.2.1:110", " 192.0.2.1", "192.0.2.1 ", "-1.0.0.0", "[::1]",
        "::1::", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "::ffff:192.0.2.1.1",
        "0000000000000000000000000000000000000000000000001"})
    CHECK_EQUAL(printed(bad), "none");
  CHECK(!lib::parse_address(std::string_view("192.0.2.1\0", 10)));
  CHECK(!lib::parse_address(std::string_view("::1\0x", 5)));
}

TEST(ipv4_and_its_mapped_form_are_one_address) {
  CHECK(lib::parse_address("192.0.2.1")->is_ipv4());
  CHECK(lib::parse_address("192.0.2.1") ==
        lib::parse_address("::ffff:192.0.2.1"));
  CHECK(!lib::parse_address("::1")->is_ipv4());
  CHECK(!lib::parse_address("::192.0.2.1")->is_ipv4());
}

TEST(networks_contain_the_addresses_with_their_prefix) {
  CHECK(within("192.0.2.0/24", "192.0.2.255"));
  CHECK(!within("192.0.2.0/24", "192.0.3.0"));
  CHECK(within("192.0.2.0/23", "192.0.3.1"));
  CHECK(!within("192.0.2.0/25", "192.0.2.128"));
  CHECK(within("192.0.2.1", "192.0.2.1"));
  CHECK(!within("192.0.2.1", "192.0.2.0"));
  CHECK(within("0.0.0.0/0", "203.0.113.9"));
  CHECK(within("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK(!within("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(within("::1", "::1"));
  CHECK(!within("::1/128", "::2"));
}

TEST(no_ipv6_address_is_within_an_ipv4_network) {
  CHECK(!within("0.0.0.0/0", "2001:db8::1"));
  CHECK(!within("0.0.0.0/0", "::1"));
  CHECK(within("192.0.2.0/24", "::ffff:192.0.2.7"));
  // In IPv6 notation the prefix counts all 128 bits.
  CHECK(within("::ffff:192.0.2.0/120", "192.0.2.7"));
  CHECK(within("::/0", "192.0.2.7"));
}

TEST(malformed_networks_are_refused) {
  for (const char* bad :
       {"", "/", "/8", "192.0.2.0/", "192.0.2.0/33", "::/129", "192.0.2.0/-1",
        "192.0.2.0/8/8", "192.0.2.0/x", "192.0.2.0/24 ", "host/24"})
    CHECK(!lib::parse_network(bad));
}

TEST(a_source_is_an_ipv4_address_or_an_ipv6_64_network) {
  const auto source = [](const char* text) {
    return lib::source_of(*lib::parse_address(text));
  };
  CHECK(source("192.0.2.1") == lib::parse_address("192.0.2.1"));
  CHECK(source("2001:db8:1:2:3:4:5:6") == lib::parse_address("2001:db8:1:2::"));
  CHECK(!(source("2001:db8:1:2::1") == source("2001:db8:1:3::1")));
}

TEST(only_ipv4_and_ipv6_socket_addresses_give_endpoints) {
  sockaddr_storage storage{};
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(4711);
  ipv4.sin_addr.s_addr = htonl(0xc0000201);
  memcpy(&storage, &ipv4, sizeof ipv4);
  const auto one = lib::endpoint_of(storage);
  CHECK(one && one->port == 4711);
  CHECK(one && one->address == lib::parse_address("192.0.2.1"));

  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(110);
  ipv6.sin6_addr = in6addr_loopback;
  memcpy(&storage, &ipv6, sizeof ipv6);
  const auto other = lib::endpoint_of(storage);
  CHECK(other && other->port == 110);
  CHECK(other && other->address == lib::parse_address("::1"));

  storage.ss_family = AF_UNIX;
  CHECK(!lib::endpoint_of(storage));
}
