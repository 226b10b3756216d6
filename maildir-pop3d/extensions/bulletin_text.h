// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/text/fixed_text.h"

// The text of bulletins, as in popper (pure): the numbers in their file names
// and in ~/.popbull, the names and the headers of their copies.
namespace pop3d {

// The number that a bulletin's file name starts with.  nullopt: the name starts
// with no number, or with one of more than 32 bits.
std::optional<uint32_t> bulletin_number(std::string_view file_name);

// The number in .popbull, which may have white space around it.  nullopt: the
// file holds something else.
std::optional<uint32_t> parse_popbull(std::string_view content);

// Identifies a bulletin in its directory.  place counts the bulletins that have
// the same number, in the order of their names, from 0.
struct BulletinId {
  uint32_t number = 0;
  uint32_t place = 0;
  bool operator==(const BulletinId&) const = default;
};

// The unique name of a bulletin's copy in a Maildir.
using BulletinName = lib::FixedText<160>;
BulletinName bulletin_name(uint64_t time, BulletinId id, std::string_view host);
// The id that such a name holds; nullopt for other names.  It shows that a
// bulletin is in new/ or cur/ already: a session that crashed after its
// delivery has not set .popbull to its number.
std::optional<BulletinId> bulletin_of(std::string_view maildir_name);

// Copies a message in mailbox format, chunk by chunk and in constant memory.
// Leaves out its "From " line and its Status: fields, with their continuation
// lines.  Replaces its To: field by "To: user@host", or by "To: user" if user
// contains an @.  If it has no To: field, adds one at the end of the header.
class BulletinCopy {
 public:
  BulletinCopy(std::string_view user, std::string_view host);

  // Appends the copy of chunk to into.
  void add(std::string_view chunk, std::string& into);
  // Call at the end of the message.
  void finish(std::string& into);

 private:
  enum class State { LineStart, Kept, Dropped, Body };

  void add_header_byte(char c, std::string& into);
  void start_line(char c, std::string& into);
  void end_short_line(std::string& into);
  void end_name(std::string& into);
  void settle(std::string& into);
  void write_to(std::string& into);

  // Room for the longest name that matters ("Status"), and for some space
  // between it and the colon.
  static constexpr size_t kLongestName = 16;

  std::string to_;
  lib::FixedText<kLongestName> held_;  // the beginning of an undecided line
  State state_ = State::LineStart;
  bool first_line_ = true;
  // The current line is dropped; at State::LineStart the last one was.
  bool dropping_ = false;
  bool has_to_ = false;
};

}  // namespace pop3d
