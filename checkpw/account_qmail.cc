// SPDX-License-Identifier: ISC
// Runs as root: reads qmail's and vpopmail's files of users.
#include <fcntl.h>

#include "checkpw/cdb_store.h"
#include "checkpw/qmail_users.h"

namespace checkpw {
namespace {

std::string users_file(const char* directory) {
  return std::string(directory) + "/users/cdb";
}

std::string vpasswd_file(const Assignment& domain) {
  return domain.home + "/vpasswd.cdb";
}

lib::Status say_damaged(const std::string& path, const char* field,
                        const lib::Log& log) {
  lib::LogLine(log, "damaged", lib::Log::Level::Error)
      .field("file", path)
      .field("field", field);
  return lib::Error{"use this account's record", 0};
}

// The entry under key, if there is one.
lib::Result<bool> find_assignment(const CdbFile& users, const std::string& path,
                                  const std::string& key, const lib::Log& log,
                                  Assignment& into) {
  CdbData data;
  const auto found = users.find(key, data);
  if (!found.ok())
    return say_unreadable(path.c_str(), found.error(), log).error();
  if (!found.value()) return false;
  if (const char* fault = parse_assignment(data.view(), into))
    return say_damaged(path, fault, log).error();
  return true;
}

lib::Status look_up_in_domain(const Assignment& domain, const std::string& name,
                              const lib::Log& log, Lookup& into) {
  const std::string path = vpasswd_file(domain);
  const auto file = CdbFile::open(path.c_str(), O_NOFOLLOW);
  if (!file.ok()) return say_unreadable(path.c_str(), file.error(), log);
  CdbData data;
  const auto found = file.value().find(name, data);
  if (!found.ok()) return say_unreadable(path.c_str(), found.error(), log);
  const lib::Status status = find_cdb_dummy(file.value(), into);
  if (!status.ok()) return say_unreadable(path.c_str(), status.error(), log);
  if (into.found || !found.value()) return {};
  if (const char* fault = parse_vpasswd(data.view(), into.account))
    return say_damaged(path, fault, log);
  into.account.uid = domain.uid;
  into.account.gid = domain.gid;
  into.account.shell = "NOLOGIN";
  into.account.vpopmail_user = name;
  into.found = true;
  return {};
}

}  // namespace

lib::Status look_up_vpopmail(const char* directory, std::string_view login,
                             const lib::Log& log, Lookup& into) {
  const std::string path = users_file(directory);
  const auto users = CdbFile::open(path.c_str());
  if (!users.ok()) return say_unreadable(path.c_str(), users.error(), log);
  const VpopmailName name = parse_vpopmail_name(login);
  Assignment domain;
  const auto known = find_assignment(users.value(), path,
                                     domain_key(name.domain), log, domain);
  if (!known.ok()) return known.error();
  lib::Status status;
  if (known.value() && !name.name.empty())
    status = look_up_in_domain(domain, name.name, log, into);
  // An unknown domain's price is none that another domain's owner sets.
  if (!status.ok() || !into.dummy.empty()) return status;
  return make_setting("", 0, into.dummy);
}

// users/assign holds no secrets: they are those of the system's account that
// a name is assigned to.  Only "=" lines are logins: "+" ones take in names
// that nobody knows.
lib::Status look_up_qmail_users(const char* directory, std::string_view login,
                                const lib::Log& log, Lookup& into) {
  const std::string path = users_file(directory);
  const auto users = CdbFile::open(path.c_str());
  if (!users.ok()) return say_unreadable(path.c_str(), users.error(), log);
  Assignment assigned;
  const auto known = find_assignment(users.value(), path, assignment_key(login),
                                     log, assigned);
  if (!known.ok()) return known.error();
  Lookup system;
  const lib::Status status =
      look_up_system(known.value() ? assigned.user.c_str() : "?", system);
  if (!status.ok()) return status;
  into.offer_dummy(system.dummy.view());
  if (into.found || !known.value()) return {};
  into.found = true;
  into.account.kind = system.account.kind;
  into.account.stored << system.account.stored.view();
  into.account.expired = system.account.expired;
  into.account.system_uid = system.account.uid;
  into.account.system_gid = system.account.gid;
  into.account.uid = assigned.uid;
  into.account.gid = assigned.gid;
  into.account.home = assigned.home;
  into.account.shell = system.account.shell;
  return {};
}

}  // namespace checkpw
