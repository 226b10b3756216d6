// SPDX-License-Identifier: ISC
#pragma once

#include <string>
#include <string_view>

#include "checkpw/stores/account.h"

// qmail's users/cdb (compiled from users/assign) and vpopmail's vpasswd.cdb.
// Pure.
namespace checkpw {

// The data of users/cdb: user, uid, gid, home, dash, ext, NUL behind each.
struct Assignment {
  std::string user;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;
};
// nullptr, or the name of the field that is at fault.
const char* parse_assignment(std::string_view data, Assignment& into);

// The keys of users/cdb, in lower case: of "=name:..." and of the line
// "+domain-:..." that vpopmail writes for a domain.
std::string assignment_key(std::string_view name);
std::string domain_key(std::string_view domain);

// A login of vpopmail, in lower case: name@domain or name%domain; both empty
// where it is none.  A domain has a dot: "+joe-:..." is a user's.
struct VpopmailName {
  std::string name;
  std::string domain;
};
VpopmailName parse_vpopmail_name(std::string_view login);

// The data of vpasswd.cdb: hash:uid:flags:gecos:home:quota[:clear], where
// uid is not one, and flags tell what is denied.  login is not needed.
// nullptr, or the name of the field that is at fault.
const char* parse_vpasswd(std::string_view login, std::string_view data,
                          Account& into);

}  // namespace checkpw
