// SPDX-License-Identifier: ISC
// Runs as root: reads the files of secrets.
#include "lib/io/line_reader.h"

#include <algorithm>
#include <cstring>

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
  const ssize_t got =
      lib::read_some(fd_, {buffer_.data() + end_, kBufferSize - end_});
  if (got < 0) return false;
  at_end_ = got == 0;
  end_ += static_cast<size_t>(got);
  used_ = std::max(used_, end_);
  return true;
}

LineReader::Got LineReader::take(std::string_view& line, size_t size,
                                 size_t skip) {
  line = unread().substr(0, std::min(size, kLineSize));
  begin_ += skip;
  ++number_;
  return size > kLineSize ? Got::TooLong : Got::Line;
}

// Discards everything up to and including the next LF.
LineReader::Got LineReader::skip_rest() {
  while (skipping_) {
    const size_t newline = unread().find('\n');
    const bool found = newline != std::string_view::npos;
    begin_ = found ? begin_ + newline + 1 : end_;
    skipping_ = !found && !at_end_;
    if (skipping_ && !refill()) return Got::Failed;
  }
  return Got::Line;
}

LineReader::Got LineReader::next(std::string_view& line) {
  if (skip_rest() == Got::Failed) return Got::Failed;
  for (;;) {
    const size_t newline = unread().find('\n');
    if (newline != std::string_view::npos)
      return take(line, newline, newline + 1);
    if (unread().size() > kLineSize) {
      skipping_ = true;
      return take(line, unread().size(), unread().size());
    }
    if (at_end_) {
      if (unread().empty()) return Got::End;
      return take(line, unread().size(), unread().size());
    }
    if (!refill()) return Got::Failed;
  }
}

}  // namespace lib
