// SPDX-License-Identifier: ISC
// Runs as root: reads the files of secrets.
#include "lib/io/line_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "lib/io/io.h"

namespace lib {

LineReader::~LineReader() {
  explicit_bzero(buffer_.data(), used_);
}

// Moves the unread part to the front and reads more; false on an error.
bool LineReader::refill() {
  memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const ssize_t got = lib::read_some(fd_, buffer_.subspan(end_));
  if (got < 0) return false;
  at_end_ = got == 0;
  end_ += static_cast<size_t>(got);
  used_ = std::max(used_, end_);
  return true;
}

LineReader::Got LineReader::next(std::string_view& line) {
  for (;;) {
    const size_t size = std::min(unread().find('\n'), unread().size());
    const bool has_newline = size < unread().size();
    if (!has_newline && !at_end_ && size <= longest_) {
      if (!refill()) return Got::Failed;
      continue;
    }
    if (unread().empty()) return Got::End;
    const std::string_view piece = unread().substr(0, size);
    begin_ += has_newline ? size + 1 : size;
    // A line longer than the buffer comes in pieces; only the first counts.
    if (std::exchange(in_line_, !has_newline)) continue;
    line = piece.substr(0, longest_);
    ++number_;
    return size > longest_ ? Got::TooLong : Got::Line;
  }
}

}  // namespace lib
