// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pop3d {

enum class LineEnd { Crlf, CrlfOrLf };

// Undoes what RFC 1939 section 3 does to a multi-line text, for a message
// that the client sends (XTND XMIT): the dot in front of a line that starts
// with one, the line "." at the end, and CRLF, which becomes LF.  Every other
// CR stays, and with Crlf every other LF: a dot behind it is text, for the
// client saw no line there to stuff, and no command can hide behind what only
// we would take for the end.  Pure; memory is constant.
class DotDecoder {
 public:
  explicit DotDecoder(LineEnd line_end) : line_end_(line_end) {}

  // Appends what chunk holds of the text to into.  Returns how many bytes it
  // took: all, or those up to the end of the text.
  size_t take(std::string_view chunk, std::string& into);

  [[nodiscard]] bool done() const { return state_ == State::Done; }

 private:
  enum class State { Start, Dot, DotCr, Line, Cr, Done };

  void take_byte(char c, std::string& into);
  void end_line(std::string& into);
  void add(char c, std::string& into);

  LineEnd line_end_;
  State state_ = State::Start;
};

}  // namespace pop3d
