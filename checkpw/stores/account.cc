// SPDX-License-Identifier: ISC
// Runs as root: asks the stores.
#include "checkpw/stores/account.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "checkpw/stores/system_entry.h"

namespace checkpw {
namespace {

// Sets id to the member of the system's entry of that name, if there is a name.
template <typename Entry, typename Ask, typename Id>
lib::Status resolve(const std::string& name, Ask ask, Id Entry::*member,
                    const char* doing, std::optional<Id>& id) {
  if (name.empty()) return {};
  SystemEntry<Entry> entry;
  const int failed = entry.find(ask, name.c_str());
  if (entry.found() == nullptr) return lib::Error{doing, failed};
  id = entry.found()->*member;
  return {};
}

lib::Status ask(const Store& store, const char* login, const lib::Log& log,
                Lookup& into) {
  switch (store.kind) {
    case Store::Kind::System: return look_up_system(login, log, into);
    case Store::Kind::PasswdFile:
      return look_up_file(store.path, login, log, into);
    case Store::Kind::SystemUsers:
      return look_up_system_users(store.path, login, log, into);
    case Store::Kind::Vpopmail:
      return look_up_vpopmail(store.path, login, log, into);
    case Store::Kind::QmailUsers:
      return look_up_qmail_users(store.path, login, log, into);
  }
  return {};
}

}  // namespace

void Lookup::offer_dummy(std::string_view candidate) {
  if (dummy.empty() && is_hash(candidate)) choose_dummy(candidate, dummy);
}

lib::Status look_up(std::span<const Store> stores, const char* login,
                    const lib::Log& log, Lookup& into) {
  for (const Store& store : stores) {
    const lib::Status status = ask(store, login, log, into);
    if (!status.ok()) return status;
    if (into.found && into.store == nullptr) into.store = &store;
  }
  return {};
}

void set_owner(const passwd& entry, Account& account) {
  account.uid = entry.pw_uid;
  account.gid = entry.pw_gid;
  account.home = entry.pw_dir;
  account.shell = entry.pw_shell;
  account.has_system_groups = true;
}

const char* set_secret(std::string_view field, Account& account) {
  StoredSecret secret;
  parse_secret(field, secret);
  account.kind = secret.kind;
  account.digest = secret.digest;
  account.stored << secret.text.view();
  const char* fault = secret_fault(secret.kind);
  if (fault != nullptr) account.damaged_scheme = secret.scheme;
  return fault;
}

lib::Status resolve_ids(Account& account) {
  lib::Status status = resolve(account.uid_name, getpwnam_r, &passwd::pw_uid,
                               "find the account's user", account.uid);
  if (status.ok())
    status = resolve(account.gid_name, getgrnam_r, &group::gr_gid,
                     "find the account's group", account.gid);
  if (!status.ok()) return status;
  if (geteuid() == 0 && (!account.uid || !account.gid))
    return lib::Error{"use an account without uid or gid as root", 0};
  if (!account.uid) account.uid = geteuid();
  if (!account.gid) account.gid = getegid();
  return {};
}

}  // namespace checkpw
