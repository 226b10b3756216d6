// SPDX-License-Identifier: ISC
// Runs as root: asks the stores.
#include "checkpw/stores/account.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "checkpw/stores/system_entry.h"

namespace checkpw {
namespace {

lib::Status settle_uid(Account& account) {
  SystemEntry<passwd> user;
  const int failed = user.find(getpwnam_r, account.uid_name.c_str());
  if (user.found() == nullptr)
    return lib::Error{"find the account's user", failed};
  account.uid = user.found()->pw_uid;
  return {};
}

lib::Status settle_gid(Account& account) {
  SystemEntry<group> entry;
  const int failed = entry.find(getgrnam_r, account.gid_name.c_str());
  if (entry.found() == nullptr)
    return lib::Error{"find the account's group", failed};
  account.gid = entry.found()->gr_gid;
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
  }
  return {};
}

lib::Status resolve_ids(Account& account) {
  const bool root = geteuid() == 0;
  if (!account.uid_name.empty()) {
    const lib::Status status = settle_uid(account);
    if (!status.ok()) return status;
  }
  if (!account.gid_name.empty()) {
    const lib::Status status = settle_gid(account);
    if (!status.ok()) return status;
  }
  if (root && (!account.uid || !account.gid))
    return lib::Error{"use an account without uid or gid as root", 0};
  if (!account.uid) account.uid = geteuid();
  if (!account.gid) account.gid = getegid();
  return {};
}

}  // namespace checkpw
