// SPDX-License-Identifier: ISC
#include "maildir-pop3d/wire/dot_decoder.h"

namespace pop3d {

size_t DotDecoder::take(std::string_view chunk, std::string& into) {
  size_t taken = 0;
  while (taken < chunk.size() && !done()) take_byte(chunk[taken++], into);
  return taken;
}

void DotDecoder::take_byte(char c, std::string& into) {
  const bool behind_cr = state_ == State::Cr || state_ == State::DotCr;
  const bool behind_dot = state_ == State::Dot || state_ == State::DotCr;
  if (c == '\n' && (behind_cr || line_end_ == LineEnd::CrlfOrLf)) {
    if (behind_dot)
      state_ = State::Done;
    else
      end_line(into);
    return;
  }
  if (behind_cr) into += '\r';  // it ends no line
  if (c == '\r')
    state_ = state_ == State::Dot ? State::DotCr : State::Cr;
  else if (c == '.' && state_ == State::Start)
    state_ = State::Dot;
  else
    add(c, into);
}

void DotDecoder::end_line(std::string& into) {
  into += '\n';
  state_ = State::Start;
}

void DotDecoder::add(char c, std::string& into) {
  into += c;
  state_ = State::Line;
}

}  // namespace pop3d
