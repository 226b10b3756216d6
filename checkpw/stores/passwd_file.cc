// SPDX-License-Identifier: ISC
// Runs as root: parses lines of accounts; pure.
#include "checkpw/stores/passwd_file.h"

#include <algorithm>

#include "lib/text/address.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

// Sets id, or name for a name that is looked up later.  False for a number that
// no account has.
bool parse_id(std::string_view field, std::optional<uid_t>& id,
              std::string& name) {
  const bool digits =
      field.find_first_not_of("0123456789") == std::string_view::npos;
  if (field.empty()) return true;
  if (!digits) {
    name = field;
    return true;
  }
  const auto number = lib::parse_number(field, kHighestId);
  if (!number) return false;
  id = static_cast<uid_t>(*number);
  return true;
}

// The value of Dovecot's variable %letter; nullopt if we do not know it.
std::optional<std::string_view> variable(char letter, std::string_view login,
                                         const Account& account) {
  const size_t at = login.find('@');
  switch (letter) {
    case 'h': return account.home;
    case 'u': return login;
    case 'n': return login.substr(0, at);
    case 'd': return at == std::string_view::npos ? "" : login.substr(at + 1);
    case '%': return "%";
    default: return std::nullopt;
  }
}

// True if value is a single name within a path; a login need not be one.
bool is_one_name(std::string_view value) {
  return !value.empty() && value != "." && value != ".." &&
         value.find('/') == std::string_view::npos;
}

// Replaces the variables of path, and a ~ at its beginning by the home.  Empty
// if that is not possible.
std::string expand(std::string_view path, std::string_view login,
                   const Account& account) {
  std::string expanded;
  if (path == "~" || path.starts_with("~/")) {
    expanded = account.home;
    path.remove_prefix(1);
  } else if (path.starts_with('~')) {
    return {};
  }
  while (!path.empty()) {
    const size_t percent = std::min(path.find('%'), path.size());
    expanded += path.substr(0, percent);
    path.remove_prefix(percent);
    if (path.empty()) break;
    const char letter = path.size() > 1 ? path[1] : '\0';
    const auto value = variable(letter, login, account);
    if (!value || (letter != 'h' && !is_one_name(*value))) return {};
    expanded += *value;
    path.remove_prefix(2);
  }
  return expanded;
}

// maildir:PATH[:OPTIONS].  Any other location is damaged: if it were ignored,
// the wrong Maildir would be served.
bool parse_mail(std::string_view location, std::string_view login,
                Account& account) {
  constexpr std::string_view kMaildir = "maildir:";
  if (!location.starts_with(kMaildir)) return false;
  location.remove_prefix(kMaildir.size());
  account.maildir = expand(lib::next_field(location, ':'), login, account);
  return !account.maildir.empty();
}

const char* parse_extra(std::string_view extra, std::string_view login,
                        Account& account) {
  while (!extra.empty()) {
    std::string_view value = lib::next_field(extra, ' ');
    const std::string_view key = lib::next_field(value, '=');
    if (key == "userdb_mail" && !parse_mail(value, login, account))
      return "userdb_mail";
    if (key == "nologin") account.nologin = true;
    if (key != "allow_nets") continue;
    account.limited_nets = true;
    account.allow_nets = value;
    while (!value.empty()) {
      const std::string_view network = lib::next_field(value, ',');
      if (network != kLocal && !lib::parse_network(network))
        return "allow_nets";
    }
  }
  return nullptr;
}

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_blank(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
}

// Removes the characters at both ends that a person does not see.
std::string_view trim_login(std::string_view login) {
  if (login.starts_with(kByteOrderMark))
    login.remove_prefix(kByteOrderMark.size());
  while (!login.empty() && is_blank(login.front())) login.remove_prefix(1);
  while (!login.empty() && is_blank(login.back())) login.remove_suffix(1);
  return login;
}

}  // namespace

const char* login_fault(std::string_view login) {
  if (login.starts_with(kByteOrderMark)) return "a byte order mark";
  return trim_login(login).size() < login.size()
             ? "a blank or control character at an end of the login"
             : nullptr;
}

const char* parse_account(std::string_view login, std::string_view fields,
                          Account& account) {
  if (fields.find('\0') != std::string_view::npos) return "a NUL byte";
  if (const char* fault = set_secret(lib::next_field(fields, ':'), account))
    return fault;
  if (!parse_id(lib::next_field(fields, ':'), account.uid, account.uid_name))
    return "uid";
  if (!parse_id(lib::next_field(fields, ':'), account.gid, account.gid_name))
    return "gid";
  lib::next_field(fields, ':');  // gecos
  account.home = lib::next_field(fields, ':');
  if (!account.home.starts_with('/')) return "home";
  account.shell = lib::next_field(fields, ':');
  return parse_extra(fields, login, account);
}

void offer_secret_as_dummy(std::string_view fields, Lookup& into) {
  if (!into.dummy.empty()) return;
  const std::string_view field = lib::next_field(fields, ':');
  // In a file without a hash this is asked of every line.
  if (!may_hold_hash(field)) return;
  StoredSecret secret;
  parse_secret(field, secret);
  if (secret.kind == SecretKind::Hash || secret.kind == SecretKind::Costly)
    into.offer_dummy(secret.text.view());
}

void PasswdScan::show(std::string_view line, bool whole) {
  ++shown_;
  if (line.starts_with('#')) return;
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::string_view rest = line;
  const std::string_view login = lib::next_field(rest, ':');
  const bool exact = login == login_;
  const bool ours =
      exact || (state_ == State::Absent && trim_login(login) == login_);
  if (ours && login.size() < line.size() && !into_.found && !decided_)
    judge(rest, exact, whole);
  if (whole) offer_secret_as_dummy(rest, into_);
}

// The first line of exactly this login counts.  A line with blanks around the
// login is reported only if no such line follows.
void PasswdScan::judge(std::string_view fields, bool exact, bool whole) {
  decided_ = exact;
  const char* fault = nullptr;
  if (!exact || login_fault(login_) != nullptr)
    fault = "login";
  else if (!whole)
    fault = "length";
  else
    fault = parse_account(login_, fields, into_.account);
  into_.found = fault == nullptr;
  state_ = into_.found ? State::Found : State::Damaged;
  reason_ = into_.found ? "" : fault;
  line_ = shown_;
}

}  // namespace checkpw
