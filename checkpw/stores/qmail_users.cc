// SPDX-License-Identifier: ISC
// Runs as root: parses records of accounts; pure.
#include "checkpw/stores/qmail_users.h"

#include <algorithm>

#include "lib/text/text.h"

namespace checkpw {
namespace {

constexpr uint64_t kNoPop = 0x02;  // vpopmail's flag

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(text, lowered.begin(), lib::to_lower);
  return lowered;
}

std::string key_of(std::string_view name, char end) {
  return '!' + lower(name) + end;
}

}  // namespace

const char* parse_assignment(std::string_view data, Assignment& into) {
  into.user = lib::next_field(data, '\0');
  const auto uid = lib::parse_number(lib::next_field(data, '\0'), kHighestId);
  const auto gid = lib::parse_number(lib::next_field(data, '\0'), kHighestId);
  into.home = lib::next_field(data, '\0');
  if (!uid) return "uid";
  if (!gid) return "gid";
  if (!into.home.starts_with('/')) return "home";
  into.uid = static_cast<uid_t>(*uid);
  into.gid = static_cast<gid_t>(*gid);
  return nullptr;
}

std::string assignment_key(std::string_view name) {
  return key_of(name, '\0');
}

std::string domain_key(std::string_view domain) {
  return key_of(domain, '-');
}

VpopmailName parse_vpopmail_name(std::string_view login) {
  const size_t at = login.find_last_of("@%");
  if (at == std::string_view::npos || at == 0 || at + 1 == login.size())
    return {};
  const std::string_view domain = login.substr(at + 1);
  // For "joe" qmail-pw2u writes "+joe-:...", in the form of a domain.
  if (domain.find('.') == std::string_view::npos) return {};
  return {lower(login.substr(0, at)), lower(domain)};
}

const char* parse_vpasswd(std::string_view /*login*/, std::string_view data,
                          Account& into) {
  if (data.find('\0') != std::string_view::npos) return "a NUL byte";
  if (const char* fault = set_secret(lib::next_field(data, ':'), into))
    return fault;
  lib::next_field(data, ':');  // uid, a number of vpopmail's own
  const auto flags = lib::parse_number(lib::next_field(data, ':'));
  lib::next_field(data, ':');  // gecos
  into.home = lib::next_field(data, ':');
  lib::next_field(data, ':');  // quota
  into.clear << lib::next_field(data, ':');
  if (!flags) return "flags";
  if (!into.home.starts_with('/')) return "home";
  into.nologin = (*flags & kNoPop) != 0;
  return nullptr;
}

}  // namespace checkpw
