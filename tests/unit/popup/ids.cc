// SPDX-License-Identifier: ISC

#include "popup/ids.h"

#include "tests/unit/unit.h"

TEST(ids_are_numbers_or_names) {
  popup::Jail jail;
  CHECK(popup::parse_ids("1000", jail) && jail.uid == 1000 && jail.gid == 1000);
  CHECK(popup::parse_ids("7:9", jail) && jail.uid == 7 && jail.gid == 9);
  CHECK(popup::parse_ids("daemon", jail) && jail.uid != 0 && jail.gid != 0);
  CHECK(popup::parse_ids("5:daemon", jail) && jail.uid == 5 && jail.gid != 5);
}

TEST(root_and_unknown_accounts_are_refused) {
  for (const char* bad :
       {"0", "0:5", "5:0", "root", "daemon:root", "", "no such account",
        "5:no such group", "-1", "4294967295"}) {
    popup::Jail jail;
    CHECK(!popup::parse_ids(bad, jail));
  }
}
