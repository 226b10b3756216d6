// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/text/fixed_text.h"

// The extended commands of popper (maildir-pop3d(8), "Extensions"):
//   XTND XMIT                  submits a message (submission.h)
//   XTND XLIST header [msg]    lists a header field of one or of all messages
// The reply to XLIST is multi-line: "msg Header: value" for every message that
// has the field, followed by the field's continuation lines.  XLST, as
// Qualcomm's own clients spell it, is the same command.
namespace pop3d {

constexpr size_t kLongestFieldName = 64;

struct Extension {
  enum class Kind { Unknown, Submit, List } kind = Kind::Unknown;
  std::string_view header;  // 1 to kLongestFieldName characters, no colon
  std::string_view number;  // of a message, as the client wrote it
  bool has_number = false;
};

// Parses the words after XTND.  Returns Unknown for any other extension, a
// header name that RFC 5322 section 3.6.8 does not allow or that is too long,
// and a surplus argument.
Extension parse_extension(std::span<const std::string_view> words);

// Finds the first header field of this name in a message that is read chunk by
// chunk, and copies it in constant memory: the number of the message first,
// then the field's lines with CRLF.  No line of the copy can start with a dot.
class FieldCopy {
 public:
  // name is borrowed; message is the client's number, from 1.
  FieldCopy(std::string_view name, uint64_t message)
      : name_(name), message_(message) {}

  // Appends those parts of the field that the chunk holds to into.  False if
  // the rest of the message is not needed.
  bool add(std::string_view chunk, std::string& into);
  // Call at the end of the message: completes an unfinished line.
  void finish(std::string& into);

 private:
  enum class State { Name, Other, Copying, CopiedLine, Done };

  void add_byte(char c, std::string& into);
  void add_to_name(char c, std::string& into);
  void begin_copy(std::string& into);
  void copy(char c, std::string& into);

  std::string_view name_;
  uint64_t message_;
  lib::FixedText<kLongestFieldName> seen_;  // what matched of the name
  State state_ = State::Name;
  bool blank_ = true;  // the line is empty so far, or holds only CR
  char previous_ = '\n';
};

}  // namespace pop3d
