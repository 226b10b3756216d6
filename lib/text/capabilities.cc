// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/text/capabilities.h"

#include <algorithm>

#include "lib/text/text.h"

namespace lib {
namespace {

constexpr size_t kLongestLine = 100;

bool allowed(char c) {
  return is_upper(c) || is_digit(c) || c == ' ' || c == '-';
}

bool tells_delay(std::string_view handed_on) {
  while (!handed_on.empty())
    if (next_field(handed_on, '\n').starts_with("LOGIN-DELAY ")) return true;
  return false;
}

}  // namespace

bool valid_capability_lines(std::string_view value) {
  if (value.size() > kHandedCapabilitiesSize || value.ends_with('\n'))
    return false;
  while (!value.empty()) {
    const std::string_view line = next_field(value, '\n');
    if (line.empty() || line.size() > kLongestLine ||
        !std::ranges::all_of(line, allowed))
      return false;
  }
  return true;
}

CapabilityReply capability_reply(std::string_view handed_on,
                                 unsigned login_delay, bool offer_stls) {
  CapabilityReply reply;
  const bool delayed = tells_delay(handed_on);
  reply << "+OK capabilities follow\r\nTOP\r\nUIDL\r\n";
  while (!handed_on.empty()) reply << next_field(handed_on, '\n') << "\r\n";
  if (offer_stls) reply << "STLS\r\n";
  reply << "RESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\n";
  if (login_delay != 0 && !delayed)
    (reply << "LOGIN-DELAY ").number(login_delay) << "\r\n";
  return reply << "IMPLEMENTATION popchain\r\n.\r\n";
}

}  // namespace lib
