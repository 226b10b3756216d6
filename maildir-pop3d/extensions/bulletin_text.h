// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/text/fixed_text.h"

// What popper(8) says of bulletins, as text (pure): the numbers in their
// names, ~/.popbull, and the header that a copy gets.
namespace pop3d {

// The digits that a bulletin's file name starts with; nullopt where it does
// not, or where they are no number of 32 bits.
std::optional<uint32_t> bulletin_number(std::string_view file_name);

// The number in .popbull: one line, white space around it is tolerated.
// nullopt where there is anything else.
std::optional<uint32_t> parse_popbull(std::string_view content);

// One of the bulletins in a directory; place counts those that share a
// number, in the order of their names, from 0.
struct BulletinId {
  uint32_t number = 0;
  uint32_t place = 0;
  bool operator==(const BulletinId&) const = default;
};

// The unique name of a bulletin in a Maildir.  All but the time and the host
// follows from its id, which bulletin_of() reads back: so a bulletin that was
// delivered just before a crash is recognised, in new/ or cur/.
using BulletinName = lib::FixedText<160>;
BulletinName bulletin_name(uint64_t time, BulletinId id, std::string_view host);
std::optional<BulletinId> bulletin_of(std::string_view maildir_name);

// Copies a mailbox-format message piece by piece, in constant memory: without
// its "From " line and the Status: fields (with their continuation lines),
// the To: field replaced by "To: user@host".  Without To: one is added at the
// end of the header.  A user that holds an @ is a whole address already.
class BulletinCopy {
 public:
  BulletinCopy(std::string_view user, std::string_view host);

  // Appends the copy of chunk to into.
  void add(std::string_view chunk, std::string& into);
  // The text has ended.
  void finish(std::string& into);

 private:
  enum class State { LineStart, Kept, Dropped, Body };

  void add_header_byte(char c, std::string& into);
  void start_line(char c, std::string& into);
  void end_short_line(std::string& into);
  void end_name(std::string& into);
  void keep(std::string& into);
  void drop();
  void write_to(std::string& into);

  // Longer than every field name that matters, with some space before its
  // colon.
  static constexpr size_t kLongestName = 16;

  std::string to_;
  lib::FixedText<kLongestName> held_;  // of a line that is not decided yet
  State state_ = State::LineStart;
  bool first_line_ = true;
  bool dropping_ = false;  // the last field: its continuation goes with it
  bool has_to_ = false;
};

}  // namespace pop3d
