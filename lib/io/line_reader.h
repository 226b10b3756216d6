// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace lib {

// The longest line of a passwd-file or of /etc/shadow, without its newline;
// a longer one is no account.
constexpr size_t kLineSize = 4096;

// The lines of a file in constant memory, wiped when it goes.
class LineReader {
 public:
  enum class Got {
    Line,     // whole, without its LF; the last line needs none
    TooLong,  // its first kLineSize bytes; the rest is skipped
    End,
    Failed,  // errno
  };

  explicit LineReader(int fd) : fd_(fd) {}
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  // line is good until the next call.
  Got next(std::string_view& line);
  // Of the line that next() gave, from 1.
  [[nodiscard]] size_t number() const { return number_; }

 private:
  // A line with its LF, and what makes reading on worth a call; no more, for
  // on the stack every page of it is touched at once.
  static constexpr size_t kBufferSize = kLineSize + 1024;

  [[nodiscard]] std::string_view unread() const {
    return {buffer_.data() + begin_, end_ - begin_};
  }
  bool refill();
  Got take(std::string_view& line, size_t size, size_t skip);
  Got skip_rest();

  int fd_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t used_ = 0;  // all that was ever filled, to be wiped
  size_t number_ = 0;
  bool at_end_ = false;
  bool skipping_ = false;
  std::array<char, kBufferSize> buffer_;
};

}  // namespace lib
