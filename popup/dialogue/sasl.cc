// SPDX-License-Identifier: ISC
// Never runs as root: the dialogue parses, and it is confined.
#include "popup/dialogue/sasl.h"

#include <algorithm>
#include <array>

#include "lib/text/base64.h"
#include "lib/text/text.h"

namespace popup {
namespace {

constexpr auto npos = std::string_view::npos;

}  // namespace

bool decode_response(std::string_view line, lib::Secret& decoded) {
  decoded.wipe();
  if (line == "=") return true;
  std::array<char, lib::kCredentialsSize> bytes;
  const auto size = lib::decode_base64(line, bytes);
  if (size) decoded << std::string_view(bytes.data(), *size);
  explicit_bzero(bytes.data(), bytes.size());
  return size.has_value();
}

std::optional<Proof> parse_plain(std::string_view decoded) {
  if (std::ranges::count(decoded, '\0') != 2) return std::nullopt;
  const std::string_view authzid = lib::next_field(decoded, '\0');
  const std::string_view authcid = lib::next_field(decoded, '\0');
  if (authcid.empty() || decoded.empty()) return std::nullopt;
  if (!authzid.empty() && authzid != authcid) return std::nullopt;
  return Proof{.login = authcid, .secret = decoded};
}

std::optional<Proof> parse_digest(std::string_view decoded) {
  const size_t space = decoded.rfind(' ');
  if (space == npos || space == 0 || decoded.find('\0') != npos)
    return std::nullopt;
  const std::string_view digest = decoded.substr(space + 1);
  if (digest.size() != 32 ||
      digest.find_first_not_of("0123456789abcdefABCDEF") != npos)
    return std::nullopt;
  return Proof{.login = decoded.substr(0, space), .secret = digest};
}

}  // namespace popup
