// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pop3d {

enum class LineEnd { Crlf, CrlfOrLf };

// Decodes a multi-line text (RFC 1939 section 3) that the client sends, the
// message of XTND XMIT, in constant memory.  Removes the dot that was added to
// a line which starts with a dot, and the line "." at the end.  CRLF becomes
// LF.  Every other CR stays.  So does every other LF, if line ends are Crlf: a
// dot after it is text, because for the client no line begins there.  Otherwise
// a message could contain an end that only we see, followed by commands.
class DotDecoder {
 public:
  explicit DotDecoder(LineEnd line_end) : line_end_(line_end) {}

  // Appends the decoded chunk to into.  Returns how many bytes of the chunk
  // belong to the text and its end: all of them before done().
  size_t take(std::string_view chunk, std::string& into);

  [[nodiscard]] bool done() const { return state_ == State::Done; }

 private:
  enum class State { Start, Dot, DotCr, Line, Cr, Done };

  void take_byte(char c, std::string& into);

  LineEnd line_end_;
  State state_ = State::Start;
};

}  // namespace pop3d
