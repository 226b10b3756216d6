// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/result.h"

// Maildir++ quota: the file maildirsize, which deliverers write and every
// deletion is noted in.
namespace pop3d {

// What deletions take off the quota.
class QuotaChange {
 public:
  // Messages with the T flag are not counted in a quota.  The size that was
  // counted is the name's ,S=, or else the file's.
  void remove(std::string_view name, uint64_t file_size);
  [[nodiscard]] uint64_t bytes() const { return bytes_; }
  [[nodiscard]] uint64_t count() const { return count_; }

 private:
  uint64_t bytes_ = 0;
  uint64_t count_ = 0;
};

// Appends the line "-bytes -count" to maildirsize in one write; never
// creates the file, and without a change or a file there is nothing to do.
lib::Status append_to_quota(int maildir, const QuotaChange& change);

}  // namespace pop3d
