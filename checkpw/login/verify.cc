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

// That the password has this hash.
Verification verification_of(const lib::Credentials& credentials,
                             const Lookup& lookup, std::string_view hash) {
  const Store none;
  const Store& store = lookup.store != nullptr ? *lookup.store : none;
  const auto kind = static_cast<size_t>(store.kind);
  return {.kind = std::string_view("01234").substr(kind, 1),
          .path = store.path != nullptr ? store.path : "",
          .login = credentials.login,
          .hash = hash,
          .password = credentials.secret};
}

bool has_hash(const Lookup& lookup) {
  return lookup.found && lookup.account.kind == SecretKind::Hash;
}

}  // namespace

lib::Result<Proof> prove(const lib::Credentials& credentials,
                         const Lookup& lookup, Cache& cache) {
  const Account& account = lookup.account;
  const std::string_view stored = account.stored.view();
  const bool may_match =
      !credentials.secret.empty() && allows_password(credentials.mechanism);
  bool proven = false;
  if (!lookup.found) return Proof::None;
  switch (account.kind) {
    case SecretKind::Invalid:
      return lib::Error{"use a hash whose method is not known here", 0};
    case SecretKind::Costly:
      return lib::Error{"use a damaged setting: its hash costs too much", 0};
    case SecretKind::Locked: break;
    case SecretKind::Plain: proven = proves_plain(credentials, stored); break;
    case SecretKind::CramMd5:
      proven = proves_hmac_key(credentials, stored);
      break;
    case SecretKind::Digest:
      proven = digest_matches(account.digest, credentials.secret, stored) &&
               may_match;
      proven = proves_digest(credentials, account.clear.view()) || proven;
      break;
    case SecretKind::Hash: {
      if (cache.holds(verification_of(credentials, lookup, stored)) &&
          may_match)
        return Proof::Cached;
      const auto matches = hash_matches(credentials.secret.data(), stored);
      if (!matches.ok()) return matches.error();
      if (matches.value() && may_match) return Proof::Hash;
      proven = proves_digest(credentials, account.clear.view());
      break;
    }
  }
  return proven ? Proof::Secret : Proof::None;
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

lib::Result<Verdict> verify(const lib::Credentials& credentials, Lookup& lookup,
                            const Terms& terms, Cache& cache) {
  const auto proven = prove(credentials, lookup, cache);
  if (!proven.ok()) return proven.error();
  const Proof proof = proven.value();
  std::optional<Cause> refusal = Cause::Unknown;
  if (proof != Proof::None) {
    // Not earlier: a name costs a search in the system's files.
    const lib::Status resolved = resolve_ids(lookup.account);
    if (!resolved.ok()) return resolved.error();
    refusal = reason_barred(lookup.account, terms);
  } else if (lookup.found) {
    refusal = reason_barred(lookup.account, terms).value_or(Cause::Password);
  }
  if (!refusal) {
    if (proof == Proof::Hash)
      cache.remember(
          verification_of(credentials, lookup, lookup.account.stored.view()));
    return Verdict{std::nullopt, proof == Proof::Cached};
  }
  if (has_hash(lookup) && proof != Proof::Cached) return Verdict{refusal};
  const std::string_view setting =
      has_hash(lookup) ? lookup.account.stored.view() : lookup.dummy.view();
  if (!has_hash(lookup) && !setting.empty())
    // For its time only.
    (void)cache.holds(verification_of(credentials, lookup, setting));
  const lib::Status spent = spend_hash(credentials.secret.data(), setting);
  if (!spent.ok()) return spent.error();
  return Verdict{refusal};
}

}  // namespace checkpw
