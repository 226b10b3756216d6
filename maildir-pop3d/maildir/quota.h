// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/result.h"
#include "lib/text/fixed_text.h"

// Maildir++ quota: the file maildirsize, which deliverers write and every
// deletion is noted in.
namespace pop3d {

// "BYTES COUNT", without the line's end.
using QuotaLine = lib::FixedText<60>;

// What deletions take off the quota.
class QuotaChange {
 public:
  // Messages with the T flag are not counted in a quota.  The size that was
  // counted is the name's ,S=, or else the file's.
  void remove(std::string_view name, uint64_t file_size);
  [[nodiscard]] uint64_t bytes() const { return bytes_; }
  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] QuotaLine line() const;

 private:
  uint64_t bytes_ = 0;
  uint64_t count_ = 0;
};

// Pure: text begins with a line of limits, such as "10000S,10C".
bool begins_with_quota(std::string_view text);

enum class QuotaFile : uint8_t {
  Noted,
  Absent,
  NoQuota,  // it does not begin with a quota, and was left alone
};

// Appends a line to maildirsize in one write, and never creates the file.  A
// last line without its LF is ended first.  If only a part of the line fits,
// LFs replace that part, so that no other program's line is joined to it.
lib::Result<QuotaFile> append_to_quota(int maildir, const QuotaLine& line);

}  // namespace pop3d
