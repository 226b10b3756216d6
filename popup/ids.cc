// SPDX-License-Identifier: ISC
// Runs as root: reads only what the administrator wrote.
#include "popup/ids.h"

#include <grp.h>
#include <pwd.h>

#include <climits>
#include <cstdio>

#include "lib/text/text.h"

namespace popup {
namespace {

// The files are read directly: a statically linked program cannot load modules
// for other name services.
bool find_account(std::string_view name, Jail& jail) {
  FILE* file = fopen("/etc/passwd", "re");
  if (file == nullptr) return false;
  bool found = false;
  while (const passwd* account = found ? nullptr : fgetpwent(file)) {
    found = account->pw_name == name;
    jail.uid = account->pw_uid;
    jail.gid = account->pw_gid;
  }
  fclose(file);
  return found;
}

bool find_group(std::string_view name, Jail& jail) {
  FILE* file = fopen("/etc/group", "re");
  if (file == nullptr) return false;
  bool found = false;
  while (const group* entry = found ? nullptr : fgetgrent(file)) {
    found = entry->gr_name == name;
    jail.gid = entry->gr_gid;
  }
  fclose(file);
  return found;
}

}  // namespace

bool parse_ids(std::string_view text, Jail& jail) {
  const std::string_view user = lib::next_field(text, ':');
  if (const auto uid = lib::parse_number(user, UINT_MAX - 1))
    jail.uid = jail.gid = static_cast<unsigned>(*uid);
  else if (!find_account(user, jail))
    return false;
  if (!text.empty()) {
    if (const auto gid = lib::parse_number(text, UINT_MAX - 1))
      jail.gid = static_cast<unsigned>(*gid);
    else if (!find_group(text, jail))
      return false;
  }
  return jail.uid != 0 && jail.gid != 0;
}

Jail default_jail() {
  Jail jail;
  return parse_ids("popup", jail) ? jail : Jail{};
}

}  // namespace popup
