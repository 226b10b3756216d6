// SPDX-License-Identifier: ISC
#include "popup/dialogue/proxy.h"

#include <cstring>
#include <string>
#include <vector>

#include "tests/unit/unit.h"

namespace {

using popup::ProxiedClient;
using popup::ProxyHeader;
using State = ProxyHeader::State;

// The header after the bytes that it took, and their number.
struct Fed {
  ProxyHeader header;
  size_t taken = 0;
};

Fed feed(std::string_view bytes) {
  Fed fed;
  for (const char c : bytes) {
    if (fed.header.state() != State::Need) break;
    fed.header.feed(c);
    ++fed.taken;
  }
  return fed;
}

State state_of(std::string_view bytes) {
  return feed(bytes).header.state();
}

bool endpoint_is(const lib::Endpoint& endpoint, std::string_view ip,
                 unsigned port) {
  return lib::format_address(endpoint.address).view() == ip &&
         endpoint.port == port;
}

std::string tlv(unsigned type, const std::string& value) {
  return std::string{static_cast<char>(type),
                     static_cast<char>(value.size() >> 8),
                     static_cast<char>(value.size())} +
         value;
}

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
const std::string kIpv4("\xc0\0\x02\x07\xc0\0\x02\x01\x12\x67\0\x6e", 12);

std::string binary(unsigned command, unsigned family, const std::string& rest) {
  return kSignature + static_cast<char>(command) + static_cast<char>(family) +
         static_cast<char>(rest.size() >> 8) + static_cast<char>(rest.size()) +
         rest;
}

std::string ipv4_with(const std::string& tlvs) {
  return binary(0x21, 0x11, kIpv4 + tlvs);
}

std::string tls_value(unsigned flags, const std::string& sub_tlvs) {
  return std::string(1, static_cast<char>(flags)) + std::string(4, '\0') +
         sub_tlvs;
}

}  // namespace

TEST(a_v1_header_gives_both_endpoints) {
  const Fed fed =
      feed("PROXY TCP4 192.0.2.7 192.0.2.1 4711 110\r\nUSER joe\r\n");
  const ProxiedClient& client = fed.header.client();
  CHECK(fed.header.state() == State::Done);
  CHECK(!client.local && !client.tls);
  CHECK(endpoint_is(client.source, "192.0.2.7", 4711));
  CHECK(endpoint_is(client.destination, "192.0.2.1", 110));
  CHECK_EQUAL(fed.taken, strlen("PROXY TCP4 192.0.2.7 192.0.2.1 4711 110\r\n"));
}

TEST(good_v1_headers_are_accepted) {
  struct Row {
    const char* line;
    const char* source;
    unsigned port;
  };
  for (const auto& [line, source, port] : std::vector<Row>{
           {"PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", "0.0.0.0", 0},
           {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
            "255.255.255.255", 65535},
           {"PROXY TCP6 2001:DB8::7 ::1 4711 995\r\n", "2001:db8::7", 4711},
           {"PROXY TCP6 ::ffff:192.0.2.7 ::ffff:192.0.2.1 1 2\r\n", "192.0.2.7",
            1},
           {"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535},
       }) {
    const Fed fed = feed(line);
    CHECK(fed.header.state() == State::Done);
    CHECK(!fed.header.client().local);
    CHECK(endpoint_is(fed.header.client().source, source, port));
  }
}

TEST(a_tcp6_v1_header_may_have_ipv4_addresses) {
  for (const char* line : {"PROXY TCP6 192.0.2.7 192.0.2.1 4711 110\r\n",
                           "PROXY TCP6 192.0.2.7 2001:db8::1 4711 110\r\n"}) {
    const Fed fed = feed(line);
    CHECK(fed.header.state() == State::Done);
    CHECK(endpoint_is(fed.header.client().source, "192.0.2.7", 4711));
  }
  const Fed fed = feed("PROXY TCP6 2001:db8::7 192.0.2.1 4711 110\r\n");
  CHECK(fed.header.state() == State::Done);
  CHECK(endpoint_is(fed.header.client().destination, "192.0.2.1", 110));
}

TEST(the_start_of_a_header_is_kept_for_the_log) {
  CHECK_EQUAL(feed("").header.first_octets(), "");
  CHECK_EQUAL(feed("PROXX").header.first_octets(), "PROXX");
  const std::string line = "PROXY TCP4 255.255.255.255 255.255.255.255 0 x\r\n";
  CHECK_EQUAL(feed(line).header.first_octets(), line.substr(0, 32));
}

TEST(an_unknown_v1_header_is_good_without_addresses) {
  for (const char* line :
       {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN anything at all\r\n",
        "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"}) {
    CHECK(state_of(line) == State::Done);
    CHECK(feed(line).header.client().local);
  }
}

TEST(bad_v1_headers_are_refused) {
  for (const char* line :
       {"PROXY\r\n",
        "PROXY \r\n",
        "proxy UNKNOWN\r\n",
        " PROXY UNKNOWN\r\n",
        "PROXY UNKNOWNX\r\n",
        "PROXY unknown\r\n",
        "PROXY UNKNOWN\n",
        "PROXY UNKNOWN a\rb\r\n",
        "PROXY UNKNOWN a\nb\r\n",
        "PROXY TCP4\r\n",
        "PROXY TCP5 192.0.2.7 192.0.2.1 1 2\r\n",
        "PROXY TCP 192.0.2.7 192.0.2.1 1 2\r\n",
        "PROXY  TCP4 192.0.2.7 192.0.2.1 1 2\r\n",
        "PROXY TCP4  192.0.2.7 192.0.2.1 1 2\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 1  2\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 1 2 \r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 1 2 3\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 1\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 1 2\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\r\n",
        "PROXY TCP4 192.0.2.7\t192.0.2.1 1 2\r\n",
        "PROXY TCP4 192.0.2.07 192.0.2.1 1 2\r\n",
        "PROXY TCP4 192.0.2.256 192.0.2.1 1 2\r\n",
        "PROXY TCP4 192.0.2 192.0.2.1 1 2\r\n",
        "PROXY TCP4 0xc0000207 192.0.2.1 1 2\r\n",
        "PROXY TCP4 192.0.2.7% 192.0.2.1 1 2\r\n",
        "PROXY TCP4 ::1 192.0.2.1 1 2\r\n",
        "PROXY TCP4 192.0.2.7 ::1 1 2\r\n",
        "PROXY TCP4 localhost 192.0.2.1 1 2\r\n",
        "PROXY TCP6 192.0.2.07 ::1 1 2\r\n",
        "PROXY TCP6 192.0.2 ::1 1 2\r\n",
        "PROXY TCP6 c0000207 ::1 1 2\r\n",
        "PROXY TCP6 ::1%lo ::1 1 2\r\n",
        "PROXY TCP6 [::1] ::1 1 2\r\n",
        "PROXY TCP6 1::2::3 ::1 1 2\r\n",
        "PROXY TCP6 1:2:3 ::1 1 2\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 01 2\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 00 2\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 65536 2\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 1 65536\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 -1 2\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 +1 2\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 1x 2\r\n",
        "PROXY TCP4 192.0.2.7 192.0.2.1 18446744073709551617 2\r\n"}) {
    if (state_of(line) != State::Bad) printf("taken: %s\n", line);
    CHECK(state_of(line) == State::Bad);
  }
  const std::string with_nul("PROXY TCP4 192.0.2.7\0 192.0.2.1 1 2\r\n", 37);
  CHECK(state_of(with_nul) == State::Bad);
}

TEST(a_v1_header_may_have_107_bytes) {
  const std::string start = "PROXY UNKNOWN ";
  const std::string longest = start + std::string(107 - 2 - start.size(), 'x');
  CHECK(state_of(longest + "\r\n") == State::Done);
  CHECK(state_of(longest) == State::Need);
  CHECK(state_of(longest + "x\r\n") == State::Bad);
  CHECK_EQUAL(feed(longest + "xxxxxxx").taken, 107U);
}

TEST(a_bad_header_is_refused_at_its_first_wrong_byte) {
  CHECK_EQUAL(feed("USER joe\r\n").taken, 1U);
  CHECK_EQUAL(feed("PASS x\r\n").taken, 2U);
  CHECK_EQUAL(feed("\r\nUSER").taken, 3U);
  CHECK_EQUAL(feed("\x16\x03\x01").taken, 1U);
  CHECK_EQUAL(feed(kSignature + "\x11").taken, 13U);
  CHECK_EQUAL(feed(kSignature + "\x22").taken, 13U);
  CHECK_EQUAL(feed(kSignature + "\x21\x41").taken, 14U);
  CHECK_EQUAL(feed(kSignature + "\x21\x13").taken, 14U);
}

TEST(a_v2_header_gives_both_endpoints_and_its_own_length) {
  const std::string header = binary(0x21, 0x11, kIpv4);
  const Fed fed = feed(header + "USER joe\r\n");
  CHECK(fed.header.state() == State::Done);
  CHECK_EQUAL(fed.taken, header.size());
  CHECK(!fed.header.client().local && !fed.header.client().tls);
  CHECK(endpoint_is(fed.header.client().source, "192.0.2.7", 4711));
  CHECK(endpoint_is(fed.header.client().destination, "192.0.2.1", 110));
  for (size_t size = 0; size < header.size(); ++size)
    CHECK(state_of(header.substr(0, size)) == State::Need);
}

TEST(a_v2_header_may_have_ipv6_addresses) {
  std::string block(36, '\0');
  block[0] = 0x20;
  block[1] = 0x01;
  block[15] = 7;
  block[31] = 1;
  block[33] = 9;
  block[35] = 110;
  const ProxiedClient client = feed(binary(0x21, 0x21, block)).header.client();
  CHECK(endpoint_is(client.source, "2001::7", 9));
  CHECK(endpoint_is(client.destination, "::1", 110));
}

TEST(v2_headers_without_addresses_are_accepted) {
  for (const std::string& header :
       {binary(0x20, 0x00, ""), binary(0x20, 0x11, kIpv4),
        binary(0x20, 0x11, "short"), binary(0x20, 0xff, "LOCAL ignores it"),
        binary(0x21, 0x00, ""), binary(0x21, 0x00, "whatever"),
        binary(0x21, 0x12, kIpv4), binary(0x21, 0x10, kIpv4),
        binary(0x21, 0x22, ""), binary(0x21, 0x32, ""),
        binary(0x21, 0x31, std::string(216, 'u'))}) {
    CHECK(state_of(header) == State::Done);
    CHECK(feed(header).header.client().local);
    CHECK_EQUAL(feed(header + "x").taken, header.size());
  }
}

TEST(bad_v2_headers_are_refused) {
  const std::string good_tls = tlv(0x20, tls_value(1, tlv(0x21, "TLSv1.3")));
  for (const std::string& header :
       {binary(0x21, 0x11, kIpv4.substr(1)), binary(0x21, 0x11, ""),
        binary(0x21, 0x21, kIpv4), binary(0x21, 0x31, kIpv4), ipv4_with("\x04"),
        ipv4_with(std::string("\x04\0", 2)),
        ipv4_with(std::string("\x04\0\x01", 3)),
        ipv4_with(tlv(0x04, "abc") + "x"),
        ipv4_with(good_tls.substr(0, good_tls.size() - 1)),
        ipv4_with(tlv(0x20, "")), ipv4_with(tlv(0x20, "1234")),
        ipv4_with(tlv(0x20, tls_value(1, "x"))),
        ipv4_with(tlv(0x20, tls_value(1, tlv(0x21, "TLSv1.3") + "x")))})
    CHECK(state_of(header) == State::Bad);
}

TEST(a_v2_header_may_have_4096_bytes) {
  const auto padded = [](size_t whole) {
    return ipv4_with(tlv(0xe0, std::string(whole - 16 - 12 - 3, 'p')));
  };
  CHECK(state_of(padded(4096)) == State::Done);
  CHECK(state_of(padded(4097)) == State::Bad);
  CHECK_EQUAL(feed(padded(4097)).taken, 16U);
  CHECK(state_of(binary(0x20, 0, std::string(4080, 'p'))) == State::Done);
  CHECK(state_of(binary(0x20, 0, std::string(65535, 'p'))) == State::Bad);
}

TEST(a_v2_header_tells_whether_the_client_uses_tls) {
  struct Row {
    std::string value;
    bool tls;
    const char* version;
  };
  const std::string version = tlv(0x21, "TLSv1.3");
  for (const auto& [value, tls, wanted] : std::vector<Row>{
           {tls_value(1, version), true, "TLSv1.3"},
           {tls_value(7, tlv(0x22, "joe") + version + tlv(0x23, "AES")), true,
            "TLSv1.3"},
           {tls_value(0, version), false, ""},
           {tls_value(6, version), false, ""},
           {tls_value(1, ""), true, ""},
           {tls_value(1, tlv(0x21, "")), true, ""},
           {tls_value(1, tlv(0x21, "TLSv1.3 ip=9")), true, ""},
           {tls_value(1, tlv(0x21, std::string("TLS\0", 4))), true, ""},
           {tls_value(1, tlv(0x21, std::string(17, 'v'))), true, ""},
       }) {
    const Fed fed = feed(ipv4_with(tlv(0x04, "") + tlv(0x20, value)));
    CHECK(fed.header.state() == State::Done);
    CHECK_EQUAL(fed.header.client().tls, tls);
    CHECK_EQUAL(fed.header.client().tls_version.view(), wanted);
  }
  CHECK(!feed(binary(0x20, 0x11, kIpv4 + tlv(0x20, tls_value(1, version))))
             .header.client()
             .tls);
}

TEST(a_checksum_is_verified_if_present) {
  // Sent by haproxy 2.6.12 (proxy-v2-options crc32c).
  const std::string header =
      binary(0x21, 0x11,
             std::string("\x7f\0\0\x01\x7f\0\0\x01\xc1\x70\x46\xbe", 12) +
                 tlv(0x03, "\xb3\x32\x80\xfa"));
  CHECK(state_of(header) == State::Done);
  for (size_t i = 16; i < header.size(); ++i) {
    // With another type or length there is no checksum.
    if (i >= 28 && i < 31) continue;
    std::string damaged = header;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    CHECK(state_of(damaged) == State::Bad);
  }
  CHECK(state_of(ipv4_with(tlv(0x03, "abc"))) == State::Bad);
}

TEST(nothing_changes_once_the_header_is_done_or_bad) {
  ProxyHeader header;
  for (const char c : std::string_view("PROXY UNKNOWN\r\n")) header.feed(c);
  CHECK(header.feed('x') == State::Done);
  ProxyHeader bad;
  CHECK(bad.feed('x') == State::Bad);
  CHECK(bad.feed('P') == State::Bad);
}
