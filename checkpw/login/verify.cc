// SPDX-License-Identifier: ISC
// Runs as root: decides who gets in.
#include "checkpw/login/verify.h"

#include <array>

#include "checkpw/login/proof.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

bool is_root(std::optional<uid_t> uid, std::optional<gid_t> gid,
             const Terms& terms) {
  return (uid && (*uid == 0 || *uid < terms.least_uid)) || (gid && *gid == 0);
}

bool is_allowed_net(const Account& account, const Terms& terms) {
  if (!account.limited_nets) return true;
  std::string_view rest = account.allow_nets;
  while (!rest.empty()) {
    const std::string_view entry = lib::next_field(rest, ',');
    if (terms.local && entry == kLocal) return true;
    const auto network = lib::parse_network(entry);
    if (network && terms.client && network->contains(*terms.client))
      return true;
  }
  return false;
}

lib::Result<bool> password_matches(const lib::Credentials& credentials,
                                   const Account& account) {
  if (account.kind == SecretKind::Digest)
    return digest_matches(account.digest, credentials.secret,
                          account.stored.view());
  return hash_matches(credentials.secret.data(), account.stored.view());
}

}  // namespace

lib::Result<bool> is_proven(const lib::Credentials& credentials,
                            const Lookup& lookup) {
  const Account& account = lookup.account;
  if (!lookup.found) return false;
  switch (account.kind) {
    case SecretKind::Invalid:
      return lib::Error{"use a hash whose method is not known here", 0};
    case SecretKind::Costly:
      return lib::Error{"use a damaged setting: its hash costs too much", 0};
    case SecretKind::Locked: return false;
    case SecretKind::Plain:
      return proves_plain(credentials, account.stored.view());
    case SecretKind::CramMd5:
      return proves_hmac_key(credentials, account.stored.view());
    case SecretKind::Digest:
    case SecretKind::Hash: break;
  }
  auto matches = password_matches(credentials, account);
  if (!matches.ok()) return matches;
  const bool password = matches.value() && !credentials.secret.empty() &&
                        allows_password(credentials.mechanism);
  return password || proves_digest(credentials, account.clear.view());
}

std::string_view cause_name(Cause cause) {
  constexpr std::array<std::string_view, 7> kNames{
      "unknown", "password", "locked", "expired", "root", "net", "nologin"};
  return kNames[static_cast<size_t>(cause)];
}

bool is_barred(const Account& account, const Terms& terms, Cause bar) {
  switch (bar) {
    case Cause::Root:
      return is_root(account.uid, account.gid, terms) ||
             is_root(account.system_uid, account.system_gid, terms);
    case Cause::Locked:
      return account.locked || account.kind == SecretKind::Locked;
    case Cause::Expired: return account.expired;
    case Cause::NoLogin: return account.nologin;
    case Cause::Net: return !is_allowed_net(account, terms);
    case Cause::Unknown:
    case Cause::Password: break;
  }
  return false;
}

std::optional<Cause> reason_barred(const Account& account, const Terms& terms) {
  for (const Cause bar : kBars)
    if (is_barred(account, terms, bar)) return bar;
  return std::nullopt;
}

lib::Result<std::optional<Cause>> verify(const lib::Credentials& credentials,
                                         Lookup& lookup, const Terms& terms) {
  const auto proven = is_proven(credentials, lookup);
  if (!proven.ok()) return proven.error();
  std::optional<Cause> refusal = Cause::Unknown;
  if (proven.value()) {
    // Not earlier: a name costs a search in the system's files.
    const lib::Status resolved = resolve_ids(lookup.account);
    if (!resolved.ok()) return resolved.error();
    refusal = reason_barred(lookup.account, terms);
  } else if (lookup.found) {
    refusal = reason_barred(lookup.account, terms).value_or(Cause::Password);
  }
  const bool hashed = lookup.found && lookup.account.kind == SecretKind::Hash;
  if (!refusal || hashed) return refusal;
  const lib::Status spent =
      spend_hash(credentials.secret.data(), lookup.dummy.view());
  if (!spent.ok()) return spent.error();
  return refusal;
}

}  // namespace checkpw
