// SPDX-License-Identifier: ISC
// Runs as root: reads qmail's and vpopmail's files of users.
#include <fcntl.h>

#include "checkpw/cdb/cdb_file.h"
#include "checkpw/stores/cdb_store.h"
#include "checkpw/stores/qmail_users.h"

namespace checkpw {
namespace {

// False if qmail's users/cdb has no entry for key.  login is that of the
// entry's account; empty if the entry describes a domain.
lib::Result<bool> find_assignment(const char* directory, const std::string& key,
                                  std::string_view login, const lib::Log& log,
                                  Assignment& into) {
  const std::string path = std::string(directory) + "/users/cdb";
  const auto users = CdbFile::open(path.c_str());
  if (!users.ok()) return log_unreadable(path, users.error(), log);
  CdbData data;
  const auto found = users.value().find(key, data);
  if (!found.ok()) return log_unreadable(path, found.error(), log);
  if (!found.value()) return false;
  if (const char* fault = parse_assignment(data.view(), into))
    return log_damaged({.file = path, .field = fault}, login, log);
  return true;
}

lib::Status look_up_in_domain(const Assignment& domain, const std::string& name,
                              std::string_view login, const lib::Log& log,
                              Lookup& into) {
  const std::string path = domain.home + "/vpasswd.cdb";
  const auto made = look_up_record({.path = path.c_str(),
                                    .key = name,
                                    .parse = parse_vpasswd,
                                    .flags = O_NOFOLLOW},
                                   login, log, into);
  if (!made.ok()) return made.error();
  if (!made.value()) return {};
  into.account.uid = domain.uid;
  into.account.gid = domain.gid;
  into.account.shell = "NOLOGIN";
  into.account.vpopmail_user = name;
  return {};
}

}  // namespace

lib::Status look_up_vpopmail(const char* directory, std::string_view login,
                             const lib::Log& log, Lookup& into) {
  const VpopmailName name = parse_vpopmail_name(login);
  Assignment domain;
  const auto known =
      find_assignment(directory, domain_key(name.domain), {}, log, domain);
  if (!known.ok()) return known.error();
  lib::Status status;
  if (known.value() && !name.name.empty())
    status = look_up_in_domain(domain, name.name, login, log, into);
  // Refusals for an unknown domain cost the preferred method, so that no owner
  // of a domain has influence on them.
  if (!status.ok() || !into.dummy.empty()) return status;
  return make_setting("", 0, into.dummy);
}

// users/assign holds no secrets: they are those of the system's account that
// a name is assigned to.  Only lines that start with "=" are logins.  A line
// that starts with "+" matches every name with a prefix, even if nobody has it.
lib::Status look_up_qmail_users(const char* directory, std::string_view login,
                                const lib::Log& log, Lookup& into) {
  Assignment assigned;
  const auto known =
      find_assignment(directory, assignment_key(login), login, log, assigned);
  if (!known.ok()) return known.error();
  const bool ours = known.value() && !into.found;
  into.found |= ours;
  Lookup system;
  const lib::Status status = add_system_account(
      known.value() ? assigned.user.c_str() : "?", ours, log, into, system);
  if (!status.ok() || !ours) return status;
  into.account.kind = system.account.kind;
  into.account.stored << system.account.stored.view();
  into.account.uid = assigned.uid;
  into.account.gid = assigned.gid;
  into.account.home = assigned.home;
  into.account.shell = system.account.shell;
  return {};
}

}  // namespace checkpw
