// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pop3d {

enum class LineEnd { Crlf, CrlfOrLf };

// Decodes the message of XTND XMIT, a multi-line text (RFC 1939 section 3), in
// constant memory.  Removes the dot that was added to a line which starts with
// a dot, and the line "." at the end.  CRLF becomes LF.  Every other CR stays.
//
// If line ends are Crlf, an LF without a CR stays, too, and ends no line: a dot
// after it is text.  Otherwise a message could contain an end that only we see,
// and what follows it would be run as commands.
class DotDecoder {
 public:
  explicit DotDecoder(LineEnd line_end) : line_end_(line_end) {}

  // Appends the decoded chunk to into.  Returns how many bytes it took: all, or
  // if the text ends in this chunk, those up to its end.
  size_t take(std::string_view chunk, std::string& into);

  [[nodiscard]] bool done() const { return state_ == State::Done; }

 private:
  enum class State { Start, Dot, DotCr, Line, Cr, Done };

  void take_byte(char c, std::string& into);

  LineEnd line_end_;
  State state_ = State::Start;
};

}  // namespace pop3d
