// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/text/capabilities.h"

#include <algorithm>

#include "lib/text/text.h"

namespace lib {
namespace {

constexpr size_t kLongestLine = 100;

bool is_allowed(char c) {
  return is_upper(c) || is_digit(c) || c == ' ' || c == '-';
}

}  // namespace

bool valid_capability_lines(std::string_view value) {
  if (value.size() > kAnnouncedSize || value.ends_with('\n')) return false;
  while (!value.empty()) {
    const std::string_view line = next_field(value, '\n');
    if (line.empty() || line.size() > kLongestLine ||
        !std::ranges::all_of(line, is_allowed))
      return false;
  }
  return true;
}

CapabilityReply capability_reply(std::string_view announced,
                                 unsigned login_delay, bool offer_stls) {
  CapabilityReply reply;
  reply << "+OK capabilities follow\r\nTOP\r\nUIDL\r\n";
  bool has_delay = false;
  while (!announced.empty()) {
    const std::string_view line = next_field(announced, '\n');
    has_delay = has_delay || line.starts_with("LOGIN-DELAY ");
    reply << line << "\r\n";
  }
  if (offer_stls) reply << "STLS\r\n";
  reply << "RESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\n";
  if (login_delay != 0 && !has_delay)
    (reply << "LOGIN-DELAY ").number(login_delay) << "\r\n";
  return reply << "IMPLEMENTATION popchain\r\n.\r\n";
}

}  // namespace lib
