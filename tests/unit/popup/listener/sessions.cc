// SPDX-License-Identifier: ISC
#include "popup/listener/sessions.h"

#include <string>
#include <vector>

#include "tests/unit/unit.h"

using popup::Sessions;

namespace {

lib::Address address(const std::string& text) {
  return *lib::parse_address(text);
}

// The table of sessions, used as the listener uses it.
struct Table {
  explicit Table(const Sessions::Limits& limits) : sessions(limits) {}

  // "ok", or the limit that is reached: "sessions" or "source".
  const char* connect(const std::string& client, pid_t pid, int64_t now_ms) {
    if (sessions.is_full()) return "sessions";
    const auto share = sessions.share_of(address(client), now_ms);
    taken = share.counted;
    if (share.is_full()) return "source";
    sessions.started(pid, now_ms);
    taken = sessions.attribute(pid, address(client), now_ms)->counted;
    return "ok";
  }
  bool close(pid_t pid, int64_t now_ms) {
    return sessions.ended(pid, now_ms).has_value();
  }
  // Counts a running session for the client named by a proxy.
  bool attribute(pid_t pid, const std::string& client, int64_t now_ms) {
    const auto share = sessions.attribute(pid, address(client), now_ms);
    return share && !share->is_full();
  }
  [[nodiscard]] size_t running() const { return sessions.running().size(); }

  Sessions sessions;
  unsigned taken = 0;
};

bool is(std::string_view got, std::string_view wanted) {
  return got == wanted;
}

}  // namespace

TEST(no_session_starts_at_the_limit_until_another_ends) {
  Table table({.sessions = 2, .per_source = 50, .min_delay_ms = 0});
  CHECK(is(table.connect("192.0.2.1", 11, 1), "ok"));
  CHECK(is(table.connect("192.0.2.2", 12, 2), "ok"));
  CHECK(is(table.connect("192.0.2.3", 13, 3), "sessions"));
  CHECK_EQUAL(table.running(), 2U);
  CHECK(table.close(11, 4));
  CHECK_EQUAL(table.running(), 1U);
  CHECK(is(table.connect("192.0.2.3", 13, 5), "ok"));
}

TEST(a_source_at_its_limit_does_not_limit_others) {
  Table table({.sessions = 100, .per_source = 2, .min_delay_ms = 0});
  CHECK(is(table.connect("192.0.2.1", 11, 1), "ok"));
  CHECK(is(table.connect("192.0.2.1", 12, 1), "ok"));
  CHECK_EQUAL(table.taken, 2U);
  CHECK(is(table.connect("192.0.2.1", 13, 1), "source"));
  CHECK(is(table.connect("192.0.2.2", 13, 1), "ok"));
  CHECK(table.close(12, 1));
  CHECK(is(table.connect("192.0.2.1", 14, 1), "ok"));
}

TEST(an_ipv6_network_of_64_bits_is_one_source) {
  Table table({.sessions = 100, .per_source = 1, .min_delay_ms = 0});
  CHECK(is(table.connect("2001:db8:0:1::1", 11, 1), "ok"));
  CHECK(is(table.connect("2001:db8:0:1:ffff::2", 12, 1), "source"));
  CHECK(is(table.connect("2001:db8:0:2::1", 12, 1), "ok"));
}

TEST(a_mapped_address_is_the_ipv4_source) {
  Table table({.sessions = 100, .per_source = 1, .min_delay_ms = 0});
  CHECK(is(table.connect("::ffff:192.0.2.1", 11, 1), "ok"));
  CHECK(is(table.connect("192.0.2.1", 12, 1), "source"));
  CHECK(is(table.connect("192.0.2.2", 12, 1), "ok"));
}

TEST(an_ended_young_session_still_counts_for_its_source) {
  Table table({.sessions = 100, .per_source = 2, .min_delay_ms = 10'000});
  CHECK(is(table.connect("192.0.2.1", 11, 1'000), "ok"));
  CHECK(table.close(11, 1'100));
  CHECK(is(table.connect("192.0.2.1", 12, 2'000), "ok"));
  CHECK(table.close(12, 2'100));
  CHECK_EQUAL(table.running(), 0U);
  CHECK(is(table.connect("192.0.2.1", 13, 10'999), "source"));
  CHECK(is(table.connect("192.0.2.1", 13, 11'000), "ok"));
  CHECK(is(table.connect("192.0.2.1", 14, 11'999), "source"));
  CHECK(is(table.connect("192.0.2.1", 14, 12'000), "ok"));
}

TEST(an_ended_young_session_frees_its_place_for_others) {
  Table table({.sessions = 1, .per_source = 1, .min_delay_ms = 10'000});
  CHECK(is(table.connect("192.0.2.1", 11, 1), "ok"));
  CHECK(table.close(11, 2));
  CHECK(is(table.connect("192.0.2.2", 12, 3), "ok"));
}

TEST(an_old_running_session_counts_until_its_end) {
  Table table({.sessions = 100, .per_source = 1, .min_delay_ms = 10'000});
  CHECK(is(table.connect("192.0.2.1", 11, 1), "ok"));
  CHECK(is(table.connect("192.0.2.1", 12, 60'000), "source"));
  CHECK(table.close(11, 60'001));
  CHECK(is(table.connect("192.0.2.1", 12, 60'002), "ok"));
}

TEST(refusals_do_not_count) {
  Table table({.sessions = 100, .per_source = 1, .min_delay_ms = 10'000});
  CHECK(is(table.connect("192.0.2.1", 11, 1), "ok"));
  for (int i = 0; i < 10'000; ++i)
    CHECK(is(table.connect("192.0.2.1", 12, 2), "source"));
  CHECK_EQUAL(table.running(), 1U);
  CHECK(is(table.connect("192.0.2.2", 12, 2), "ok"));
  CHECK(table.close(11, 10'001));
  CHECK(is(table.connect("192.0.2.1", 13, 10'001), "ok"));
}

TEST(an_ended_session_gives_its_client_and_start_once) {
  Table table({.sessions = 10, .per_source = 1, .min_delay_ms = 10'000});
  CHECK(is(table.connect("2001:db8::7", 11, 1'000), "ok"));
  CHECK(!table.close(12, 1'500));
  const auto ended = table.sessions.ended(11, 3'500);
  CHECK(ended && ended->client == address("2001:db8::7"));
  CHECK(ended && ended->started_ms == 1'000);
  CHECK(!table.close(11, 4'000));
}

TEST(a_session_can_be_attributed_after_it_was_started) {
  Table table({.sessions = 10, .per_source = 1, .min_delay_ms = 0});
  for (const pid_t pid : {11, 12, 13}) table.sessions.started(pid, 1);
  CHECK(table.attribute(11, "192.0.2.1", 2));
  CHECK(table.attribute(12, "192.0.2.2", 2));
  // The same client again, then a full source.
  CHECK(table.attribute(11, "192.0.2.1", 2));
  CHECK(!table.attribute(12, "192.0.2.1", 2));
  CHECK(!table.attribute(13, "192.0.2.1", 2));
  CHECK(!table.attribute(14, "192.0.2.4", 2));
  // The refused changes had no effect.
  CHECK(table.sessions.ended(12, 3)->client == address("192.0.2.2"));
  CHECK(!table.sessions.ended(13, 3)->client);
  // A change frees the place of the old source.
  CHECK(table.attribute(11, "192.0.2.3", 3));
  CHECK(is(table.connect("192.0.2.1", 15, 4), "ok"));
}

TEST(a_flood_of_sources_is_bounded_by_dropping_the_oldest) {
  Table table({.sessions = 3, .per_source = 1, .min_delay_ms = 10'000});
  CHECK(is(table.connect("192.0.2.1", 1, 1), "ok"));  // runs throughout
  CHECK(is(table.connect("192.0.2.2", 2, 1), "ok"));
  CHECK(table.close(2, 1));
  CHECK(is(table.connect("192.0.2.2", 3, 1), "source"));
  for (pid_t i = 0; i < 20'000; ++i) {
    const std::string client =
        "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256);
    CHECK(is(table.connect(client, 100 + i, 2), "ok"));
    CHECK(table.close(100 + i, 2));
  }
  CHECK(is(table.connect("10.0.78.31", 3, 3), "source"));
  CHECK(is(table.connect("192.0.2.2", 3, 3), "ok"));
  CHECK(is(table.connect("192.0.2.1", 4, 3), "source"));
  CHECK_EQUAL(table.running(), 2U);
}

TEST(ten_thousand_sessions_run_and_end_in_any_order) {
  Table table({.sessions = 10'000, .per_source = 10'000, .min_delay_ms = 10});
  for (pid_t pid = 1; pid <= 10'000; ++pid)
    CHECK(is(table.connect("192.0.2.1", pid, pid), "ok"));
  CHECK(is(table.connect("192.0.2.9", 20'000, 10'001), "sessions"));
  for (pid_t i = 0; i < 10'000; ++i)
    CHECK(table.close(1 + i * 7919 % 10'000, 20'000));
  CHECK_EQUAL(table.running(), 0U);
  CHECK(is(table.connect("192.0.2.1", 5, 30'000), "ok"));
  CHECK_EQUAL(table.taken, 1U);
}

TEST(suppressed_log_lines_are_counted_per_source) {
  Table table({.sessions = 10, .per_source = 1, .min_delay_ms = 10'000});
  CHECK(is(table.connect("192.0.2.1", 1, 1), "ok"));
  CHECK(is(table.connect("192.0.2.2", 2, 1), "ok"));
  const auto refusal = [&](const char* client, int64_t now_ms) {
    return table.sessions.share_of(address(client), now_ms)
        .refusals->allow(now_ms, 10'000);
  };
  CHECK(refusal("192.0.2.1", 2) == 0U);
  CHECK(refusal("192.0.2.2", 3) == 0U);
  CHECK(!refusal("192.0.2.1", 4));
  CHECK(!refusal("192.0.2.1", 10'001));
  CHECK(refusal("192.0.2.1", 10'002) == 2U);
  CHECK(!refusal("192.0.2.1", 10'003));
}
