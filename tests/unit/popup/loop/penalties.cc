// SPDX-License-Identifier: ISC
#include "popup/loop/penalties.h"

#include <string>

#include "tests/unit/unit.h"

using popup::Penalties;

namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kStart = 1'000'000;
constexpr size_t kPlaces = Penalties::kSets * Penalties::kInSet;

lib::Address address(std::string_view text) {
  return *lib::parse_address(text);
}
// A different source for each number.
lib::Address source(uint32_t number) {
  lib::Address address = *lib::parse_address("2001:db8::");
  for (unsigned i = 0; i < 4; ++i)
    address.bytes[4 + i] = static_cast<uint8_t>(number >> (8 * i));
  return address;
}
void fail(Penalties& penalties, const lib::Address& client, int times,
          int64_t now_ms = kStart) {
  for (int i = 0; i < times; ++i) penalties.failed(client, now_ms);
}

const lib::Address kJoe = address("192.0.2.1");

}  // namespace

TEST(each_failure_doubles_the_delay_up_to_the_limit) {
  Penalties penalties(16'000, 1);
  CHECK_EQUAL(penalties.charge(kJoe, kStart), 0);
  for (const int64_t delay : {1000, 2000, 4000, 8000, 16'000, 16'000}) {
    penalties.failed(kJoe, kStart);
    CHECK_EQUAL(penalties.charge(kJoe, kStart), delay);
  }
  CHECK_EQUAL(penalties.charge(address("192.0.2.2"), kStart), 0);
}

TEST(a_limit_need_not_be_a_power_of_two) {
  Penalties penalties(10'000, 1);
  fail(penalties, kJoe, 4);
  CHECK_EQUAL(penalties.charge(kJoe, kStart), 8000);
  fail(penalties, kJoe, 1);
  CHECK_EQUAL(penalties.charge(kJoe, kStart), 10'000);
  CHECK_EQUAL(penalties.charge(kJoe, kStart + kMinute), 5000);
  CHECK_EQUAL(penalties.charge(kJoe, kStart + 3 * kMinute), 1250);
  CHECK_EQUAL(penalties.charge(kJoe, kStart + 4 * kMinute), 0);
}

TEST(a_quiet_minute_halves_the_delay_until_nothing_is_left) {
  Penalties penalties(16'000, 1);
  fail(penalties, kJoe, 9);
  CHECK_EQUAL(penalties.charge(kJoe, kStart + kMinute - 1), 16'000);
  CHECK_EQUAL(penalties.charge(kJoe, kStart + kMinute), 8000);
  CHECK_EQUAL(penalties.charge(kJoe, kStart + 4 * kMinute), 1000);
  CHECK_EQUAL(penalties.sources(kStart + 5 * kMinute - 1), 1U);
  CHECK_EQUAL(penalties.charge(kJoe, kStart + 5 * kMinute), 0);
  CHECK_EQUAL(penalties.sources(kStart + 5 * kMinute), 0U);
  CHECK_EQUAL(penalties.charge(kJoe, INT64_MAX), 0);
}

TEST(a_later_failure_doubles_what_is_left) {
  Penalties penalties(16'000, 1);
  fail(penalties, kJoe, 5);
  fail(penalties, kJoe, 1, kStart + 2 * kMinute);
  CHECK_EQUAL(penalties.charge(kJoe, kStart + 2 * kMinute), 8000);
  CHECK_EQUAL(penalties.charge(kJoe, kStart + 3 * kMinute - 1), 8000);
  fail(penalties, kJoe, 1, kStart + 60 * kMinute);
  CHECK_EQUAL(penalties.charge(kJoe, kStart + 60 * kMinute), 1000);
}

TEST(a_success_ends_the_penalty_of_its_source_only) {
  Penalties penalties(16'000, 1);
  fail(penalties, kJoe, 5);
  fail(penalties, address("192.0.2.2"), 2);
  penalties.succeeded(kJoe);
  penalties.succeeded(address("192.0.2.3"));
  CHECK_EQUAL(penalties.charge(kJoe, kStart), 0);
  CHECK_EQUAL(penalties.charge(address("192.0.2.2"), kStart), 2000);
  CHECK_EQUAL(penalties.sources(kStart), 1U);
}

TEST(an_ipv6_network_of_64_bits_pays_as_one_source) {
  Penalties penalties(16'000, 1);
  fail(penalties, address("2001:db8:0:1::1"), 1);
  fail(penalties, address("2001:db8:0:1:ffff::2"), 1);
  CHECK_EQUAL(penalties.charge(address("2001:db8:0:1::3"), kStart), 2000);
  CHECK_EQUAL(penalties.charge(address("2001:db8:0:2::1"), kStart), 0);
  fail(penalties, address("::ffff:192.0.2.1"), 1);
  CHECK_EQUAL(penalties.charge(kJoe, kStart), 1000);
}

TEST(without_a_limit_nothing_is_counted) {
  Penalties penalties(0, 1);
  fail(penalties, kJoe, 5);
  penalties.succeeded(kJoe);
  CHECK_EQUAL(penalties.charge(kJoe, kStart), 0);
  CHECK_EQUAL(penalties.sources(kStart), 0U);
  CHECK_EQUAL(penalties.delayed(), 0U);
}

TEST(only_delayed_connections_are_counted) {
  Penalties penalties(16'000, 1);
  CHECK_EQUAL(penalties.charge(kJoe, kStart), 0);
  fail(penalties, kJoe, 1);
  CHECK_EQUAL(penalties.charge(kJoe, kStart), 1000);
  CHECK_EQUAL(penalties.charge(kJoe, kStart), 1000);
  CHECK_EQUAL(penalties.charge(address("192.0.2.2"), kStart), 0);
  CHECK_EQUAL(penalties.delayed(), 2U);
}

TEST(a_million_sources_do_not_displace_one_that_failed_often) {
  Penalties penalties(16'000, 1);
  fail(penalties, kJoe, 5);
  for (uint32_t i = 0; i < 1'000'000; ++i)
    penalties.failed(source(i), kStart + i / 10'000);
  CHECK_EQUAL(penalties.charge(kJoe, kStart + 100), 16'000);
  // The table is full, and the last one is in it.
  CHECK_EQUAL(penalties.sources(kStart + 100), kPlaces);
  CHECK_EQUAL(penalties.charge(source(999'999), kStart + 100), 1000);
}

TEST(of_equal_debts_the_oldest_is_displaced) {
  Penalties penalties(16'000, 1);
  fail(penalties, kJoe, 5);
  for (uint32_t i = 0; i < 1'000'000; ++i)
    fail(penalties, source(i), 5, kStart + 1 + i);
  CHECK_EQUAL(penalties.charge(kJoe, kStart + 1), 0);
  CHECK_EQUAL(penalties.charge(source(999'999), kStart + 1'000'000), 16'000);
}

TEST(free_and_forgotten_places_are_taken_first) {
  Penalties penalties(16'000, 1);
  for (uint32_t i = 0; i < 1'000'000; ++i) penalties.failed(source(i), kStart);
  const int64_t later = kStart + kMinute;
  CHECK_EQUAL(penalties.sources(later), 0U);
  fail(penalties, kJoe, 1, later);
  fail(penalties, address("192.0.2.2"), 1, later);
  CHECK_EQUAL(penalties.charge(kJoe, later), 1000);
  CHECK_EQUAL(penalties.charge(address("192.0.2.2"), later), 1000);
  CHECK_EQUAL(penalties.sources(later), 2U);
}

TEST(another_seed_puts_sources_into_other_sets) {
  // Sources that displace each other under one seed do not under another.
  Penalties one(16'000, 1);
  Penalties other(16'000, 2);
  unsigned lost = 0;
  unsigned both = 0;
  for (uint32_t i = 0; i < 2 * kPlaces; ++i) {
    one.failed(source(i), kStart + i / 1000);
    other.failed(source(i), kStart + i / 1000);
  }
  for (uint32_t i = 0; i < 2 * kPlaces; ++i) {
    const bool gone = one.charge(source(i), kStart + 100) == 0;
    lost += gone ? 1 : 0;
    both += gone && other.charge(source(i), kStart + 100) == 0 ? 1 : 0;
  }
  CHECK(lost >= kPlaces);
  CHECK(both < lost);
}
