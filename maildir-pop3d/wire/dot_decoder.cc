// SPDX-License-Identifier: ISC
#include "maildir-pop3d/wire/dot_decoder.h"

namespace pop3d {

size_t DotDecoder::take(std::string_view chunk, std::string& into) {
  size_t taken = 0;
  while (taken < chunk.size() && !done()) take_byte(chunk[taken++], into);
  return taken;
}

void DotDecoder::take_byte(char c, std::string& into) {
  const bool follows_cr = state_ == State::Cr || state_ == State::DotCr;
  const bool follows_dot = state_ == State::Dot || state_ == State::DotCr;
  if (c == '\n' && (follows_cr || line_end_ == LineEnd::CrlfOrLf)) {
    state_ = follows_dot ? State::Done : State::Start;
    if (!follows_dot) into += '\n';
    return;
  }
  if (follows_cr) into += '\r';  // it was not part of a line end
  if (c == '\r') {
    state_ = state_ == State::Dot ? State::DotCr : State::Cr;
  } else if (c == '.' && state_ == State::Start) {
    state_ = State::Dot;
  } else {
    into += c;
    state_ = State::Line;
  }
}

}  // namespace pop3d
