// SPDX-License-Identifier: ISC
#include "checkpw/cache/table.h"

#include <algorithm>
#include <string>

#include "tests/unit/unit.h"

using checkpw::CacheBucket;
using checkpw::CacheHeader;
using checkpw::Verification;

namespace {

constexpr uint64_t kNow = 5000;
const std::string kRandom(32, 'r');
const CacheHeader kHeader = checkpw::make_cache_header("boot", kRandom);
constexpr Verification kJoe{.kind = "1",
                            .path = "/users",
                            .login = "joe",
                            .hash = "$1$abcdefgh$x",
                            .password = "sesame"};

lib::Sha256Digest digest_of(const Verification& verification,
                            const CacheHeader& header = kHeader) {
  return checkpw::cache_digest(header, verification);
}

void put(CacheBucket& bucket, size_t way, const lib::Sha256Digest& digest,
         uint64_t time) {
  std::ranges::copy(checkpw::make_cache_entry(digest, time),
                    bucket.data() + way * checkpw::kCacheEntrySize);
}

}  // namespace

TEST(an_entry_counts_from_its_second_until_its_life_ends) {
  const auto digest = digest_of(kJoe);
  for (size_t way = 0; way < checkpw::kCacheWays; ++way) {
    CacheBucket bucket{};
    CHECK(!checkpw::holds(bucket, digest, {kNow, 60}));
    put(bucket, way, digest, kNow);
    CHECK(!checkpw::holds(bucket, digest, {kNow - 1, 60}));
    CHECK(checkpw::holds(bucket, digest, {kNow, 60}));
    CHECK(checkpw::holds(bucket, digest, {kNow + 59, 60}));
    CHECK(!checkpw::holds(bucket, digest, {kNow + 60, 60}));
  }
}

TEST(each_part_of_a_verification_counts) {
  CacheBucket bucket{};
  put(bucket, 0, digest_of(kJoe), kNow);
  const auto held = [&](const Verification& other) {
    return checkpw::holds(bucket, digest_of(other), {kNow, 60});
  };
  CHECK(held(kJoe));
  Verification other = kJoe;
  other.kind = "2";
  CHECK(!held(other));
  other = kJoe;
  other.path = "/other";
  CHECK(!held(other));
  other = kJoe;
  other.login = "ann";
  CHECK(!held(other));
  other = kJoe;
  other.hash = "$1$abcdefgh$y";
  CHECK(!held(other));
  other = kJoe;
  other.password = "sesamo";
  CHECK(!held(other));
}

TEST(parts_that_are_only_together_alike_differ) {
  Verification one = kJoe;
  Verification other = kJoe;
  one.login = "joe$";
  one.hash = "1$abcdefgh$x";
  other.login = "joe";
  other.hash = "$1$abcdefgh$x";
  CHECK(digest_of(one) != digest_of(other));
}

TEST(any_changed_bit_of_an_entry_makes_a_miss) {
  const auto digest = digest_of(kJoe);
  CacheBucket bucket{};
  put(bucket, 1, digest, kNow);
  for (size_t bit = 0; bit < checkpw::kCacheEntrySize * 8; ++bit) {
    CacheBucket damaged = bucket;
    char& byte = damaged[checkpw::kCacheEntrySize + bit / 8];
    byte = static_cast<char>(byte ^ (1 << (bit % 8)));
    CHECK(!checkpw::holds(damaged, digest, {UINT64_MAX, UINT64_MAX}));
  }
}

// A write that was cut short leaves the beginning of one entry and the end of
// another, both of which were valid.
TEST(a_torn_entry_is_a_miss) {
  const auto digest = digest_of(kJoe);
  CacheBucket older{};
  CacheBucket newer{};
  put(older, 0, digest, kNow);
  put(newer, 0, digest, kNow + 256);
  for (size_t cut = 1; cut < checkpw::kCacheEntrySize; ++cut) {
    CacheBucket torn = older;
    std::copy_n(newer.begin(), cut, torn.begin());
    // The two differ from the time's second octet on.
    CHECK_EQUAL(checkpw::holds(torn, digest, {kNow + 300, 3600}), cut == 1);
  }
}

TEST(entries_of_another_header_are_misses) {
  CacheBucket bucket{};
  put(bucket, 0, digest_of(kJoe), kNow);
  for (size_t at = 0; at < kHeader.size(); ++at) {
    CacheHeader other = kHeader;
    other[at] = static_cast<char>(other[at] ^ 1);
    CHECK(!checkpw::holds(bucket, digest_of(kJoe, other), {kNow, 60}));
  }
}

TEST(a_header_is_current_only_in_its_version_and_boot) {
  CHECK(checkpw::is_current(kHeader, "boot"));
  CHECK(!checkpw::is_current(kHeader, "other boot"));
  CacheHeader other = kHeader;
  other[14] = '2';
  CHECK(!checkpw::is_current(other, "boot"));
  CHECK(!checkpw::is_current(CacheHeader{}, "boot"));
}

TEST(only_a_cache_or_the_beginning_of_one_is_replaceable) {
  const std::string_view header(kHeader.data(), kHeader.size());
  for (size_t size = 0; size <= header.size(); ++size)
    CHECK(checkpw::is_replaceable(header.substr(0, size)));
  CHECK(checkpw::is_replaceable("popchain-cache9\n"));
  CHECK(!checkpw::is_replaceable("popchain-index1\n"));
  CHECK(!checkpw::is_replaceable("joe:x"));
  CHECK(!checkpw::is_replaceable(std::string(64, '\0')));
}

TEST(dead_entries_are_replaced_first_then_the_oldest) {
  CacheBucket bucket{};
  const auto digest = digest_of(kJoe);
  put(bucket, 0, digest, kNow - 10);
  put(bucket, 1, digest, kNow - 30);
  put(bucket, 2, digest, kNow - 20);
  put(bucket, 3, digest, kNow - 5);
  CHECK_EQUAL(checkpw::replaced_way(bucket, {kNow, 60}), 1U);
  put(bucket, 2, digest, kNow + 1);  // from the future
  CHECK_EQUAL(checkpw::replaced_way(bucket, {kNow, 60}), 2U);
  put(bucket, 2, digest, kNow - 20);
  put(bucket, 3, digest, kNow - 60);
  CHECK_EQUAL(checkpw::replaced_way(bucket, {kNow, 60}), 3U);
}
