// SPDX-License-Identifier: ISC
// Runs as root: judges the entries of a cache; pure.
#include "checkpw/cache/table.h"

#include <algorithm>
#include <cstring>

#include "lib/text/byte_order.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

using lib::as_text;

constexpr std::string_view kMagic = "popchain-cache1\n";
constexpr size_t kVersionAt = 14;  // where the version begins in kMagic
constexpr size_t kBootAt = 16;
constexpr size_t kRandomAt = 32;
constexpr size_t kTagAt = 8;

uint64_t time_of(const CacheBucket& bucket, size_t way) {
  return lib::load_little_endian<uint64_t>(bucket, way * kCacheEntrySize);
}

bool is_alive(uint64_t time, const CacheClock& clock) {
  return time <= clock.now && clock.now - time < clock.life;
}

}  // namespace

CacheHeader make_cache_header(std::string_view boot_id,
                              std::string_view random) {
  const lib::Sha256Digest boot = lib::sha256({&boot_id, 1});
  CacheHeader header{};
  std::ranges::copy(kMagic, header.begin());
  std::ranges::copy(as_text(boot).substr(0, kRandomAt - kBootAt),
                    header.begin() + kBootAt);
  std::ranges::copy(random.substr(0, kCacheHeaderSize - kRandomAt),
                    header.begin() + kRandomAt);
  return header;
}

bool is_current(const CacheHeader& header, std::string_view boot_id) {
  const CacheHeader wanted = make_cache_header(boot_id, "");
  return as_text(header).substr(0, kRandomAt) ==
         as_text(wanted).substr(0, kRandomAt);
}

bool is_replaceable(std::string_view begin) {
  return kMagic.starts_with(begin.substr(0, kVersionAt));
}

lib::Sha256Digest cache_digest(const CacheHeader& header,
                               const Verification& verification) {
  const auto& [kind, path, login, hash, password] = verification;
  std::array<char, size_t{5} * 4> sizes;
  std::array<std::string_view, 10> parts;
  size_t part = 0;
  // The sizes keep apart what is only together the same text.
  for (const std::string_view text : {kind, path, login, hash, password}) {
    lib::store_little_endian(sizes, 2 * part,
                             static_cast<uint32_t>(text.size()));
    parts[part] = {sizes.data() + 2 * part, 4};
    parts[part + 1] = text;
    part += 2;
  }
  return lib::hmac_sha256(as_text(header), parts);
}

uint64_t cache_bucket(const lib::Sha256Digest& digest, uint64_t buckets) {
  return lib::load_little_endian<uint64_t>(digest) % buckets;
}

bool holds(const CacheBucket& bucket, const lib::Sha256Digest& digest,
           const CacheClock& clock) {
  bool held = false;
  for (size_t way = 0; way < kCacheWays; ++way) {
    const uint64_t time = time_of(bucket, way);
    const CacheEntry wanted = make_cache_entry(digest, time);
    const std::string_view entry =
        as_text(bucket).substr(way * kCacheEntrySize, kCacheEntrySize);
    const bool same = lib::equal_constant_time(as_text(wanted), entry);
    held = (same && is_alive(time, clock)) || held;
  }
  return held;
}

size_t replaced_way(const CacheBucket& bucket, const CacheClock& clock) {
  size_t replaced = 0;
  uint64_t oldest = UINT64_MAX;
  for (size_t way = 0; way < kCacheWays; ++way) {
    uint64_t time = time_of(bucket, way);
    if (!is_alive(time, clock)) time = 0;
    if (time < oldest) {
      oldest = time;
      replaced = way;
    }
  }
  return replaced;
}

CacheEntry make_cache_entry(const lib::Sha256Digest& digest, uint64_t now) {
  CacheEntry entry{};
  lib::store_little_endian(entry, 0, now);
  const std::array parts{as_text(digest), as_text(entry).substr(0, kTagAt)};
  const lib::Sha256Digest tag = lib::sha256(parts);
  std::ranges::copy(as_text(tag).substr(0, kCacheEntrySize - kTagAt),
                    entry.begin() + kTagAt);
  return entry;
}

}  // namespace checkpw
