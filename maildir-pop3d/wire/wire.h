// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// A message on its way from the file to the client (RFC 1939 section 3),
// chunk by chunk: no line and no message is ever held.  LF goes out as CRLF,
// CRLF once; bare CR, NUL and 8-bit bytes as they are; a last line without
// its end gets one; a dot that begins a line is doubled.  Pure.
namespace pop3d {

class Encoder {
 public:
  // The room that encode() needs for a chunk.
  static constexpr size_t room_for(size_t chunk) { return 2 * chunk + 32; }
  static constexpr size_t kLongestEnd = 5;

  // Writes chunk's encoding; into holds room_for(chunk.size()).  Returns
  // the bytes written.
  size_t encode(std::string_view chunk, char* into);
  // Ends the last line if need be and the reply: CRLF.CRLF or .CRLF, at most
  // kLongestEnd bytes.
  size_t finish(char* into) const;
  // What was encoded, as OctetCounter counts it.
  [[nodiscard]] uint64_t octets() const {
    return octets_ + (previous_ == '\n' ? 0 : 2);
  }

 private:
  char previous_ = '\n';  // the last byte of the chunk before
  uint64_t octets_ = 0;
};

// The octets of a message as STAT, LIST and RETR announce them: what the
// encoder sends, without the doubled dots and the final dot.
class OctetCounter {
 public:
  void add(std::string_view chunk);
  [[nodiscard]] uint64_t total() const {
    return bytes_ + bare_newlines_ + (previous_ == '\n' ? 0 : 2);
  }

 private:
  uint64_t bytes_ = 0;
  uint64_t bare_newlines_ = 0;  // LF without a CR before it
  char previous_ = '\n';
};

// TOP: the header, the empty line behind it and a number of lines.
class TopLimit {
 public:
  explicit TopLimit(uint64_t body_lines) : lines_left_(body_lines) {}

  // How many bytes of the message's next chunk belong to the reply.
  size_t take(std::string_view chunk);
  [[nodiscard]] bool done() const { return done_; }

 private:
  void end_line(bool empty);

  uint64_t lines_left_;
  uint64_t line_length_ = 0;  // of the line that the last chunk left open
  bool lone_cr_ = false;      // ... which is a CR alone
  bool in_body_ = false;
  bool done_ = false;
};

}  // namespace pop3d
