// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// This folder encodes and decodes what goes over the wire; all of it is pure.
// protocol/, mailbox/, maildir/ and extensions/ may call it.
// It may call no other folder of maildir-pop3d.
namespace pop3d {

// Encodes a message for the client (RFC 1939 section 3), chunk by chunk, so
// that neither a line nor the message is held in memory.  LF becomes CRLF; CRLF
// stays, and so do bare CR, NUL and 8-bit bytes.  A last line without an end
// gets one.  A dot at the beginning of a line is doubled.
class Encoder {
 public:
  // The room that encode() needs for a chunk.
  static constexpr size_t room_for(size_t chunk) { return 2 * chunk + 32; }
  // The room that finish() needs.
  static constexpr size_t kLongestEnd = 5;

  // Both write to into, and return the number of bytes written.
  size_t encode(std::string_view chunk, char* into);
  // Ends the reply: .CRLF, or CRLF.CRLF if the last line has no end.
  size_t finish(char* into) const;
  // The octets that were encoded, as OctetCounter counts them.
  [[nodiscard]] uint64_t octets() const {
    return octets_ + (previous_ == '\n' ? 0 : 2);
  }

 private:
  char previous_ = '\n';  // the last byte of the previous chunk
  uint64_t octets_ = 0;
};

// Counts the octets of a message as STAT, LIST and RETR announce them: all that
// the encoder writes, without the added dots and the final dot.
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

// Limits a message to what TOP sends: the header, the empty line after it, and
// a number of lines of the body.
class TopLimit {
 public:
  explicit TopLimit(uint64_t body_lines) : lines_left_(body_lines) {}

  // Returns how many bytes of the message's next chunk belong to the reply.
  size_t take(std::string_view chunk);
  [[nodiscard]] bool done() const { return done_; }

 private:
  uint64_t lines_left_;
  uint64_t line_length_ = 0;  // of the unfinished line, in earlier chunks
  bool lone_cr_ = false;      // that line is a single CR so far
  bool in_body_ = false;
  bool done_ = false;
};

}  // namespace pop3d
