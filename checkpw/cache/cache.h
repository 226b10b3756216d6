// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/cache/table.h"
#include "lib/io/log.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"

namespace checkpw {

struct CacheSettings {
  const char* cache_file = nullptr;  // null: there is no cache
  uint32_t cache_size = 65536;       // entries of a new file
  uint32_t cache_seconds = 3600;     // an entry counts for so long
};

// The file of passwords that were verified lately, for one login.  Nothing
// waits for a lock: of two processes that write at once, one may lose its
// entry, and logins that come while another one makes the file are not kept.  A
// failure costs only a hash: the log gets one warning, and this login does
// without the cache.
class Cache {
 public:
  Cache(const CacheSettings& settings, const lib::Log& log)
      : settings_(settings), log_(log) {}
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  ~Cache();

  // True if this was verified less than cache_seconds ago.  Opens the file, and
  // makes it if it is missing or of another boot.  Call it once at most.
  bool holds(const Verification& verification);

  // After holds() was false, and once the password has been verified and the
  // login accepted: writes the entry.
  void remember(const Verification& verification);

 private:
  lib::Status open();
  lib::Result<bool> read_header(std::string_view boot_id);
  lib::Status make(std::string_view boot_id);
  lib::Status add_entry(const Verification& verification);
  lib::Status read_bucket(const Verification& verification,
                          CacheBucket& bucket);
  void give_up(const lib::Error& error);

  const CacheSettings settings_;
  const lib::Log& log_;
  lib::UniqueFd fd_;
  CacheHeader header_{};
  CacheClock clock_;  // from before the password was verified
  lib::Sha256Digest digest_{};
  uint64_t buckets_ = 0;    // 0: the file is too short
  uint64_t bucket_at_ = 0;  // in the file
};

}  // namespace checkpw
