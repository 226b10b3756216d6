// SPDX-License-Identifier: ISC
#include "popup/loop/sources.h"

#include <map>
#include <string>

#include "tests/unit/unit.h"

using popup::Sources;

namespace {

lib::Address address(const std::string& text) {
  return *lib::parse_address(text);
}

// Connections, counted as the loop counts them.
struct Connections {
  explicit Connections(const Sources::Limits& limits) : sources(limits) {}

  // "ok", or "source" if the source is full.
  const char* connect(const std::string& client, int id, int64_t now_ms) {
    const auto share = sources.add(address(client), now_ms);
    taken = share.counted;
    if (share.is_full()) return "source";
    open[id] = {address(client), now_ms};
    return "ok";
  }
  void close(int id, int64_t now_ms) {
    sources.remove(open[id].client, open[id].started_ms, now_ms);
    open.erase(id);
  }

  struct Open {
    lib::Address client;
    int64_t started_ms = 0;
  };
  Sources sources;
  std::map<int, Open> open;
  unsigned taken = 0;
};

bool is(std::string_view got, std::string_view wanted) {
  return got == wanted;
}

}  // namespace

TEST(a_source_at_its_limit_does_not_limit_others) {
  Connections all({.connections = 100, .per_source = 2, .min_delay_ms = 0});
  CHECK(is(all.connect("192.0.2.1", 11, 1), "ok"));
  CHECK(is(all.connect("192.0.2.1", 12, 1), "ok"));
  CHECK_EQUAL(all.taken, 2U);
  CHECK(is(all.connect("192.0.2.1", 13, 1), "source"));
  CHECK(is(all.connect("192.0.2.2", 13, 1), "ok"));
  all.close(12, 1);
  CHECK(is(all.connect("192.0.2.1", 14, 1), "ok"));
}

TEST(an_ipv6_network_of_64_bits_is_one_source) {
  Connections all({.connections = 100, .per_source = 1, .min_delay_ms = 0});
  CHECK(is(all.connect("2001:db8:0:1::1", 11, 1), "ok"));
  CHECK(is(all.connect("2001:db8:0:1:ffff::2", 12, 1), "source"));
  CHECK(is(all.connect("2001:db8:0:2::1", 12, 1), "ok"));
}

TEST(a_mapped_address_is_the_ipv4_source) {
  Connections all({.connections = 100, .per_source = 1, .min_delay_ms = 0});
  CHECK(is(all.connect("::ffff:192.0.2.1", 11, 1), "ok"));
  CHECK(is(all.connect("192.0.2.1", 12, 1), "source"));
  CHECK(is(all.connect("192.0.2.2", 12, 1), "ok"));
}

TEST(an_ended_young_connection_still_counts_for_its_source) {
  Connections all(
      {.connections = 100, .per_source = 2, .min_delay_ms = 10'000});
  CHECK(is(all.connect("192.0.2.1", 11, 1'000), "ok"));
  all.close(11, 1'100);
  CHECK(is(all.connect("192.0.2.1", 12, 2'000), "ok"));
  all.close(12, 2'100);
  CHECK(is(all.connect("192.0.2.1", 13, 10'999), "source"));
  CHECK(is(all.connect("192.0.2.1", 13, 11'000), "ok"));
  CHECK(is(all.connect("192.0.2.1", 14, 11'999), "source"));
  CHECK(is(all.connect("192.0.2.1", 14, 12'000), "ok"));
}

TEST(an_old_open_connection_counts_until_its_end) {
  Connections all(
      {.connections = 100, .per_source = 1, .min_delay_ms = 10'000});
  CHECK(is(all.connect("192.0.2.1", 11, 1), "ok"));
  CHECK(is(all.connect("192.0.2.1", 12, 60'000), "source"));
  all.close(11, 60'001);
  CHECK(is(all.connect("192.0.2.1", 12, 60'002), "ok"));
}

TEST(refusals_do_not_count) {
  Connections all(
      {.connections = 100, .per_source = 1, .min_delay_ms = 10'000});
  CHECK(is(all.connect("192.0.2.1", 11, 1), "ok"));
  for (int i = 0; i < 10'000; ++i)
    CHECK(is(all.connect("192.0.2.1", 12, 2), "source"));
  CHECK(is(all.connect("192.0.2.2", 12, 2), "ok"));
  all.close(11, 10'001);
  CHECK(is(all.connect("192.0.2.1", 13, 10'001), "ok"));
}

TEST(a_flood_of_sources_is_bounded_by_dropping_the_oldest) {
  Connections all({.connections = 3, .per_source = 1, .min_delay_ms = 10'000});
  CHECK(is(all.connect("192.0.2.1", 1, 1), "ok"));  // runs throughout
  CHECK(is(all.connect("192.0.2.2", 2, 1), "ok"));
  all.close(2, 1);
  CHECK(is(all.connect("192.0.2.2", 3, 1), "source"));
  for (pid_t i = 0; i < 20'000; ++i) {
    const std::string client =
        "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256);
    CHECK(is(all.connect(client, 100 + i, 2), "ok"));
    all.close(100 + i, 2);
  }
  CHECK(is(all.connect("10.0.78.31", 3, 3), "source"));
  CHECK(is(all.connect("192.0.2.2", 3, 3), "ok"));
  CHECK(is(all.connect("192.0.2.1", 4, 3), "source"));
}

TEST(suppressed_log_lines_are_counted_per_source) {
  Connections all({.connections = 10, .per_source = 1, .min_delay_ms = 10'000});
  CHECK(is(all.connect("192.0.2.1", 1, 1), "ok"));
  CHECK(is(all.connect("192.0.2.2", 2, 1), "ok"));
  const auto refusal = [&](const char* client, int64_t now_ms) {
    return all.sources.add(address(client), now_ms)
        .refusals->allow(now_ms, 10'000);
  };
  CHECK(refusal("192.0.2.1", 2) == 0U);
  CHECK(refusal("192.0.2.2", 3) == 0U);
  CHECK(!refusal("192.0.2.1", 4));
  CHECK(!refusal("192.0.2.1", 10'001));
  CHECK(refusal("192.0.2.1", 10'002) == 2U);
  CHECK(!refusal("192.0.2.1", 10'003));
}

TEST(a_proxied_client_counts_in_place_of_its_proxy) {
  Connections all({.connections = 10, .per_source = 1, .min_delay_ms = 0});
  CHECK(is(all.connect("192.0.2.1", 1, 1), "ok"));
  all.close(1, 2);
  CHECK(is(all.connect("192.0.2.9", 1, 2), "ok"));
  CHECK(is(all.connect("192.0.2.1", 2, 3), "ok"));
  CHECK(is(all.connect("192.0.2.9", 3, 3), "source"));
}

TEST(ten_thousand_connections_end_in_any_order) {
  Connections all(
      {.connections = 10'000, .per_source = 10'000, .min_delay_ms = 10});
  for (int id = 1; id <= 10'000; ++id)
    CHECK(is(all.connect("192.0.2.1", id, id), "ok"));
  CHECK(is(all.connect("192.0.2.1", 20'000, 10'001), "source"));
  for (int i = 0; i < 10'000; ++i) all.close(1 + i * 7919 % 10'000, 20'000);
  CHECK(is(all.connect("192.0.2.1", 5, 30'000), "ok"));
  CHECK_EQUAL(all.taken, 1U);
}
