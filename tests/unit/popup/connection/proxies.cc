// SPDX-License-Identifier: ISC
#include "popup/connection/proxies.h"

#include <string>

#include "tests/unit/unit.h"

using popup::Proxies;

namespace {

bool trusts(const Proxies& proxies, const std::string& peer) {
  return proxies.trusts(*lib::parse_address(peer));
}

}  // namespace

TEST(loopback_is_trusted_only_without_a_list) {
  Proxies proxies;
  for (const char* peer :
       {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"})
    CHECK(trusts(proxies, peer));
  for (const char* peer : {"192.0.2.1", "::2", "::", "128.0.0.1"})
    CHECK(!trusts(proxies, peer));
  CHECK(proxies.trust("192.0.2.0/24,2001:db8::/32"));
  for (const char* peer : {"192.0.2.1", "2001:db8:1::9", "::ffff:192.0.2.255"})
    CHECK(trusts(proxies, peer));
  for (const char* peer : {"127.0.0.1", "::1", "192.0.3.1", "2001:db9::"})
    CHECK(!trusts(proxies, peer));
}

TEST(a_malformed_list_changes_nothing) {
  Proxies proxies;
  for (const char* bad : {"", ",", "192.0.2.1,", ",192.0.2.1", "192.0.2.1,,::1",
                          "host", "192.0.2.1/33", "192.0.2.1 "})
    CHECK(!proxies.trust(bad));
  CHECK(trusts(proxies, "127.0.0.1") && !trusts(proxies, "192.0.2.1"));
}
