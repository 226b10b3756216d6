// SPDX-License-Identifier: ISC
// Whatever a cache holds, it yields no password that was not put into it, and
// what is put into it then is held, for its life and no longer.  The input is
// the time in 8 octets, a bucket, and a header.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "checkpw/cache/table.h"
#include "lib/text/byte_order.h"

namespace {

void require(bool condition) {
  if (!condition) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.size() < 8 + checkpw::kCacheBucketSize) return 0;
  constexpr uint64_t kLife = 3600;
  const uint64_t now = lib::load_little_endian<uint64_t>(input) / 2;
  input.remove_prefix(8);
  checkpw::CacheBucket bucket;
  std::ranges::copy(input.substr(0, bucket.size()), bucket.begin());
  input.remove_prefix(bucket.size());
  checkpw::is_replaceable(input);
  checkpw::CacheHeader header{};
  std::ranges::copy(input.substr(0, header.size()), header.begin());
  require(!checkpw::is_current(header, "boot") ||
          checkpw::is_replaceable({header.data(), header.size()}));

  const auto digest =
      checkpw::cache_digest(header, {.login = "joe", .password = "sesame"});
  require(checkpw::cache_bucket(digest, 7) < 7);
  require(!checkpw::holds(bucket, digest, {now, kLife}));
  const size_t way = checkpw::replaced_way(bucket, {now, kLife});
  require(way < checkpw::kCacheWays);
  std::ranges::copy(checkpw::make_cache_entry(digest, now),
                    bucket.begin() + way * checkpw::kCacheEntrySize);
  require(checkpw::holds(bucket, digest, {now, kLife}));
  require(checkpw::holds(bucket, digest, {now + kLife - 1, kLife}));
  require(!checkpw::holds(bucket, digest, {now + kLife, kLife}));
  return 0;
}
