// SPDX-License-Identifier: ISC
#pragma once

#include <string>
#include <string_view>

#include "checkpw/stores/account.h"

// qmail's users/cdb (compiled from users/assign) and vpopmail's vpasswd.cdb.
// Pure.
namespace checkpw {

// The data of users/cdb: user, uid, gid, home, dash and ext, each ended by NUL.
struct Assignment {
  std::string user;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;
};
// Returns nullptr, or the name of the damaged field.
const char* parse_assignment(std::string_view data, Assignment& into);

// The keys of users/cdb, in lower case: for a line "=name:...", and for the
// line "+domain-:..." that vpopmail writes for a domain.
std::string assignment_key(std::string_view name);
std::string domain_key(std::string_view domain);

// A login of vpopmail, name@domain or name%domain, in lower case; both parts
// are empty if the login has another form.  A domain has a dot.
struct VpopmailName {
  std::string name;
  std::string domain;
};
VpopmailName parse_vpopmail_name(std::string_view login);

// The data of vpasswd.cdb: hash:uid:flags:gecos:home:quota[:clear].  Its uid is
// a number of vpopmail's own, and flags tell what is denied.  login is not
// needed.  Returns nullptr, or the name of the damaged field.
const char* parse_vpasswd(std::string_view login, std::string_view data,
                          Account& into);

}  // namespace checkpw
