// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace lib {

// The longest line of a passwd-file or of /etc/shadow, without its newline.  A
// longer line is not an account.
constexpr size_t kLineSize = 4096;

// Reads a file line by line.  The buffer has a fixed size and is wiped by the
// destructor.
class LineReader {
 public:
  enum class Got {
    Line,     // a whole line without its LF; the last line may lack it
    TooLong,  // the first kLineSize bytes of a line; the rest is skipped
    End,
    Failed,  // errno says why
  };

  explicit LineReader(int fd) : fd_(fd) {}
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  // line is valid until the next call.
  Got next(std::string_view& line);
  // The number of the line that next() returned, from 1.
  [[nodiscard]] size_t number() const { return number_; }

 private:
  // A line with its LF, and at least 1 KiB more for each read(2).  It is not
  // larger because -fstack-clash-protection touches every page of it.
  static constexpr size_t kBufferSize = kLineSize + 1024;

  [[nodiscard]] std::string_view unread() const {
    return {buffer_.data() + begin_, end_ - begin_};
  }
  bool refill();

  int fd_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t used_ = 0;  // how much was ever filled and has to be wiped
  size_t number_ = 0;
  bool at_end_ = false;
  bool in_line_ = false;  // the unread part begins within a line
  std::array<char, kBufferSize> buffer_;
};

}  // namespace lib
