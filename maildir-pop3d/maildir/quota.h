// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/result.h"
#include "lib/text/fixed_text.h"

// Maildir++ quota.  Delivery agents count messages in the file maildirsize; we
// subtract what we delete.
namespace pop3d {

// "-BYTES -COUNT", without the line's end.
using QuotaLine = lib::FixedText<60>;

// Adds up what deletions subtract from the quota.
class QuotaChange {
 public:
  // A quota does not count messages with the T flag.  The delivery counted the
  // size in the name (,S=) if there is one, else the file's.
  void remove(std::string_view name, uint64_t file_size);
  [[nodiscard]] uint64_t bytes() const { return bytes_; }
  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] QuotaLine line() const;

 private:
  uint64_t bytes_ = 0;
  uint64_t count_ = 0;
};

// True if text begins with a line of limits, such as "10000S,10C" (pure).
bool begins_with_quota(std::string_view text);

enum class QuotaFile : uint8_t {
  Noted,
  Absent,
  NoQuota,  // does not begin with a quota; nothing was written
};

// Appends a line to maildirsize in one write; never creates the file.  If the
// last line has no LF, adds that first.  If only part of the line was written,
// replaces the part by LFs, so that no other program's line is joined to it.
lib::Result<QuotaFile> append_to_quota(int maildir, const QuotaLine& line);

}  // namespace pop3d
