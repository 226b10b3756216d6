// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/crypto/sha256.h"

// This folder remembers passwords that were verified lately (checkpw --cache).
// login/ and the top of checkpw may call it.
// It may call only lib/.
//
// Here is the content of the file:
//
//   header, 64 octets
//      at 0, 16: "popchain-cache1" and a line feed
//     at 16, 16: the first half of the SHA-256 of the boot's id
//     at 32, 32: random octets
//   buckets to the end of the file, each of 4 entries of 32 octets
//       at 0, 8: the second of CLOCK_BOOTTIME in which the password was
//                verified, little-endian
//      at 8, 24: the entry's tag
//
//   digest = HMAC-SHA-256(header, verification)
//   bucket = the first 8 octets of digest, little-endian, modulo the number of
//            buckets
//   tag    = the first 24 octets of SHA-256(digest, second)
//
// So an entry of another header, another boot or another time, a torn one and a
// damaged one all have a wrong tag.  Everything here is pure.
namespace checkpw {

constexpr size_t kCacheHeaderSize = 64;
constexpr size_t kCacheEntrySize = 32;
constexpr size_t kCacheWays = 4;  // entries of a bucket
constexpr size_t kCacheBucketSize = kCacheWays * kCacheEntrySize;

using CacheHeader = std::array<char, kCacheHeaderSize>;
using CacheBucket = std::array<char, kCacheBucketSize>;
using CacheEntry = std::array<char, kCacheEntrySize>;

// That the password has this hash.  An entry says only this: whether the
// account exists, has this hash and may log in is asked every time.
struct Verification {
  std::string_view kind;  // of the store
  std::string_view path;  // of the store
  std::string_view login;
  std::string_view hash;
  std::string_view password;
};

// The time, and for how long an entry counts; in seconds.
struct CacheClock {
  uint64_t now = 0;
  uint64_t life = 0;
};

// random has 32 octets.
CacheHeader make_cache_header(std::string_view boot_id,
                              std::string_view random);
// True if header is of this version and this boot.
bool is_current(const CacheHeader& header, std::string_view boot_id);
// True if a file that begins so (all of it, or its first 64 octets) may be made
// anew: it is empty, cut short, or a cache of another version or boot.
bool is_replaceable(std::string_view begin);

lib::Sha256Digest cache_digest(const CacheHeader& header,
                               const Verification& verification);
// buckets is not 0.
uint64_t cache_bucket(const lib::Sha256Digest& digest, uint64_t buckets);

// True if an entry of the bucket is of this digest and not too old.  Takes the
// same time for every bucket.
bool holds(const CacheBucket& bucket, const lib::Sha256Digest& digest,
           const CacheClock& clock);
// The index of the entry to overwrite: one that does not count any more, else
// the oldest.
size_t replaced_way(const CacheBucket& bucket, const CacheClock& clock);
CacheEntry make_cache_entry(const lib::Sha256Digest& digest, uint64_t now);

}  // namespace checkpw
