// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/text/fixed_text.h"

// popper's extended commands (pop3d(8), "Extensions"; pure):
//   XTND XMIT                  submits a message (submission.h)
//   XTND XLIST header [msg]    that header field of one or of all messages
// The reply to XLIST is multi-line: "msg Header: value" for every message
// that has the field, its continuation lines behind it.  XLST, as Qualcomm's
// own clients spell it, is the same.
namespace pop3d {

constexpr size_t kLongestFieldName = 64;

struct Extension {
  enum class Kind { Unknown, Submit, List } kind = Kind::Unknown;
  std::string_view header;  // 1 to kLongestFieldName characters, no colon
  std::string_view number;  // of a message, as the client wrote it
  bool has_number = false;
};

// words are what follows XTND.  Unknown: another extension, a header name that
// RFC 5322 section 3.6.8 does not allow, or a surplus argument.
Extension parse_extension(std::span<const std::string_view> words);

// Finds the first header field of this name in a message that is read piece
// by piece, and copies it in constant memory: its lines with CRLF, the number
// of the message in front.  No line of it can start with a dot.
class FieldCopy {
 public:
  // name outlives this; message is counted as the client does, from 1.
  FieldCopy(std::string_view name, uint64_t message);

  // Appends what chunk holds of the field to into.  False once nothing more
  // of the message is needed.
  bool add(std::string_view chunk, std::string& into);
  // The message has ended; completes an unfinished line.
  void finish(std::string& into);

 private:
  enum class State { Name, Other, Copying, CopiedLine, Done };

  void add_byte(char c, std::string& into);
  void add_to_name(char c, std::string& into);
  void begin_copy(std::string& into);
  void copy(char c, std::string& into);

  std::string_view name_;
  uint64_t message_;
  lib::FixedText<kLongestFieldName> seen_;  // of a name that fits so far
  State state_ = State::Name;
  bool blank_ = true;  // nothing but a CR in this line so far
  char previous_ = '\n';
};

}  // namespace pop3d
