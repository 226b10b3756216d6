// SPDX-License-Identifier: ISC
// Never runs as root: the dialogue parses, and it is confined.
#include "popup/dialogue/line.h"

#include <algorithm>
#include <cstring>

#include "lib/text/text.h"

namespace popup {

bool Line::add(char c) {
  if (octets_ < octet_.size()) {
    octet_[octets_] = c;
  } else {
    // Trailing spaces and the line end may be dropped.
    const bool ends = c == '\n' || (last_ != '\r' && (c == ' ' || c == '\r'));
    is_cut_ |= !ends;
  }
  ++octets_;
  last_ = c;
  has_nul_ |= c == '\0';
  return c == '\n';
}

bool Line::too_long(bool is_response) const {
  constexpr std::string_view kAuth = "AUTH ";
  const std::string_view start(octet_.data(), std::min(octets_, kAuth.size()));
  const bool is_auth = is_response || lib::equal_caseless(start, kAuth);
  return octets_ > (is_auth ? kLongestAuthLine : kLongestCommand);
}

std::string_view Line::text() const {
  std::string_view text(octet_.data(), std::min(octets_, octet_.size()));
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

void Line::wipe() {
  explicit_bzero(octet_.data(), std::min(octets_, octet_.size()));
  octets_ = 0;
  last_ = '\0';
  has_nul_ = is_cut_ = false;
}

}  // namespace popup
