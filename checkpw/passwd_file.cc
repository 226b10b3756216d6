// SPDX-License-Identifier: ISC
// Runs as root: pure.
#include "checkpw/passwd_file.h"

#include "lib/address.h"
#include "lib/text.h"

namespace checkpw {
namespace {

// The highest value is setuid's "leave it" and no account's.
constexpr uint64_t kHighestId = 0xfffffffe;

// A number, or a name to be looked up later; false for a number that no
// account has.
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

bool are_networks(std::string_view list) {
  while (!list.empty())
    if (!lib::parse_network(lib::next_field(list, ','))) return false;
  return true;
}

// maildir:PATH[:OPTIONS], where ~/ is the home; any other mail location is
// another server's business.
void parse_mail(std::string_view location, Account& account) {
  constexpr std::string_view kMaildir = "maildir:";
  if (!location.starts_with(kMaildir)) return;
  location.remove_prefix(kMaildir.size());
  std::string_view path = lib::next_field(location, ':');
  account.maildir.clear();
  if (path.starts_with("~/")) {
    account.maildir = account.home;
    path.remove_prefix(1);
  }
  account.maildir += path;
}

const char* parse_extra(std::string_view extra, Account& account) {
  while (!extra.empty()) {
    std::string_view value = lib::next_field(extra, ' ');
    const std::string_view key = lib::next_field(value, '=');
    if (key == "userdb_mail") parse_mail(value, account);
    if (key == "nologin") account.nologin = true;
    if (key != "allow_nets") continue;
    account.limited_nets = true;
    account.allow_nets = value;
    if (!are_networks(value)) return "allow_nets";
  }
  return nullptr;
}

const char* parse_stored(std::string_view field, Account& account) {
  const StoredSecret secret = parse_secret(field);
  account.kind = secret.kind;
  account.stored << secret.text;
  const bool good =
      secret.kind != SecretKind::Invalid && !account.stored.overflowed();
  return good ? nullptr : "secret";
}

}  // namespace

const char* parse_account(std::string_view fields, Account& account) {
  if (fields.find('\0') != std::string_view::npos) return "a NUL byte";
  if (const char* fault = parse_stored(lib::next_field(fields, ':'), account))
    return fault;
  if (!parse_id(lib::next_field(fields, ':'), account.uid, account.uid_name))
    return "uid";
  if (!parse_id(lib::next_field(fields, ':'), account.gid, account.gid_name))
    return "gid";
  lib::next_field(fields, ':');  // gecos
  account.home = lib::next_field(fields, ':');
  if (!account.home.starts_with('/')) return "home";
  account.shell = lib::next_field(fields, ':');
  return parse_extra(fields, account);
}

void offer_dummy(std::string_view fields, Lookup& into) {
  if (!into.dummy.empty()) return;
  const StoredSecret secret = parse_secret(lib::next_field(fields, ':'));
  if (secret.kind == SecretKind::Hash) into.offer_dummy(secret.text);
}

void PasswdScan::show(std::string_view line, bool whole) {
  if (line.starts_with('#')) return;
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::string_view rest = line;
  const std::string_view login = lib::next_field(rest, ':');
  const bool ours = login == login_ && login.size() < line.size() &&
                    !into_.found && state_ == State::Absent;
  if (ours && !whole) return damaged("length");
  if (ours) take(rest);
  if (whole) offer_dummy(rest, into_);
}

void PasswdScan::take(std::string_view fields) {
  const char* fault = parse_account(fields, into_.account);
  if (fault != nullptr) return damaged(fault);
  state_ = State::Found;
  into_.found = true;
}

void PasswdScan::damaged(const char* reason) {
  state_ = State::Damaged;
  reason_ = reason;
}

}  // namespace checkpw
