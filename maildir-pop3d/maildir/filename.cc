// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/filename.h"

#include <utility>

#include "lib/text/byte_search.h"
#include "lib/text/text.h"

namespace pop3d {
namespace {

constexpr std::string_view kInfo = ":2,";

// field is a letter, "=" and a number, up to a comma or the end.
std::optional<uint64_t> number_in(std::string_view field) {
  field.remove_prefix(2);
  return lib::parse_number(field.substr(0, lib::find_byte(field, ',')));
}

}  // namespace

std::string_view unique_part(std::string_view name) {
  return name.substr(0, lib::find_byte(name, ':'));
}

std::string_view base_part(std::string_view name) {
  return name.substr(0, name.find_first_of(",:"));
}

uint64_t arrival_time(std::string_view name) {
  uint64_t time = 0;
  for (const char& c : name) {
    if (!lib::is_digit(c)) return c == '.' && &c != name.data() ? time : 0;
    if (__builtin_mul_overflow(time, 10U, &time) ||
        __builtin_add_overflow(time, static_cast<unsigned>(c - '0'), &time))
      time = UINT64_MAX;
  }
  return 0;
}

SizeHints size_hints(std::string_view unique) {
  SizeHints hints;
  bool has_bytes = false;
  bool has_octets = false;
  for (;;) {
    const size_t comma = lib::find_byte(unique, ',');
    if (comma == std::string_view::npos) return hints;
    unique.remove_prefix(comma + 1);
    if (unique.starts_with("S=") && !std::exchange(has_bytes, true))
      hints.bytes = number_in(unique);
    else if (unique.starts_with("W=") && !std::exchange(has_octets, true))
      hints.octets = number_in(unique);
  }
}

std::optional<uint64_t> octets_hint(const SizeHints& hints,
                                    uint64_t file_size) {
  const auto octets = hints.octets;
  if (!octets || hints.bytes != file_size) return std::nullopt;
  // CRLF in place of LF at most doubles the size.  Two more octets end a last
  // line that has no end.
  if (*octets < file_size || *octets - file_size > file_size + 2)
    return std::nullopt;
  return octets;
}

bool has_info(std::string_view name) {
  return name.find(kInfo) != std::string_view::npos;
}

bool has_flag(std::string_view name, char flag) {
  const size_t at = name.find(kInfo);
  return at != std::string_view::npos &&
         name.find(flag, at + kInfo.size()) != std::string_view::npos;
}

CurName name_in_cur(std::string_view name) {
  CurName moved;
  moved << name;
  if (!has_info(name)) moved << ":2,";
  if (moved.overflowed()) moved.clear();
  return moved;
}

bool valid_uidl(std::string_view text) {
  return !text.empty() && text.size() <= kLongestUidl &&
         lib::all_between(text, '!', '~');
}

}  // namespace pop3d
