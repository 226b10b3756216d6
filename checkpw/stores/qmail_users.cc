// SPDX-License-Identifier: ISC
// Runs as root: pure.
#include "checkpw/stores/qmail_users.h"

#include "lib/text/text.h"

namespace checkpw {
namespace {

constexpr uint64_t kHighestId = 0xfffffffe;
constexpr uint64_t kNoPop = 0x02;  // vpopmail's flag

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lowered;
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
  std::string key(1, '!');
  key += lower(name);
  key += '\0';
  return key;
}

std::string domain_key(std::string_view domain) {
  std::string key(1, '!');
  key += lower(domain);
  key += '-';
  return key;
}

VpopmailName parse_vpopmail_name(std::string_view login) {
  const size_t at = login.find_last_of("@%");
  if (at == std::string_view::npos || at == 0 || at + 1 == login.size())
    return {};
  const std::string_view domain = login.substr(at + 1);
  // users/assign holds the local users of qmail-pw2u in the same form.
  if (domain.find('.') == std::string_view::npos) return {};
  return {lower(login.substr(0, at)), lower(domain)};
}

const char* parse_vpasswd(std::string_view /*login*/, std::string_view data,
                          Account& into) {
  if (data.find('\0') != std::string_view::npos) return "a NUL byte";
  const StoredSecret secret = parse_secret(lib::next_field(data, ':'));
  lib::next_field(data, ':');  // uid: a number of vpopmail's own
  const auto flags = lib::parse_number(lib::next_field(data, ':'));
  lib::next_field(data, ':');  // gecos
  into.home = lib::next_field(data, ':');
  lib::next_field(data, ':');  // quota
  into.kind = secret.kind;
  into.stored << secret.text;
  into.clear << lib::next_field(data, ':');
  if (const char* fault = secret_fault(secret.kind)) return fault;
  if (into.stored.overflowed()) return "secret";
  if (!flags) return "flags";
  if (!into.home.starts_with('/')) return "home";
  into.nologin = (*flags & kNoPop) != 0;
  return nullptr;
}

}  // namespace checkpw
