// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace lib {

// The longest line of a passwd-file or of /etc/shadow, without its newline.  A
// longer line is not an account.
constexpr size_t kLineSize = 4096;

// LineReader reads at least so much at once.
constexpr size_t kLeastRead = 1024;

// For lines of kLineSize.  It is not larger because -fstack-clash-protection
// touches every page of it.
using LineBuffer = std::array<char, kLineSize + kLeastRead>;

// Reads a file line by line, through the caller's buffer, which the destructor
// wipes.  The longest line is kLeastRead shorter than the buffer.
class LineReader {
 public:
  enum class Got {
    Line,     // a whole line without its LF; the last line may lack it
    TooLong,  // the beginning of a longer line; the rest is skipped
    End,
    Failed,  // errno says why
  };

  template <size_t Size>
  LineReader(int fd, std::array<char, Size>& buffer)
      : fd_(fd), buffer_(buffer), longest_(Size - kLeastRead) {
    static_assert(Size > kLeastRead);
  }
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  // line is valid until the next call.
  Got next(std::string_view& line);
  // The number of the line that next() returned, from 1.
  [[nodiscard]] size_t number() const { return number_; }

 private:
  [[nodiscard]] std::string_view unread() const {
    return {buffer_.data() + begin_, end_ - begin_};
  }
  bool refill();

  int fd_;
  std::span<char> buffer_;
  size_t longest_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t used_ = 0;  // how much was ever filled and has to be wiped
  size_t number_ = 0;
  bool at_end_ = false;
  bool in_line_ = false;  // the unread part begins within a line
};

}  // namespace lib
