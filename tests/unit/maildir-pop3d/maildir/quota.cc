// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/quota.h"

#include "tests/unit/unit.h"

TEST(the_quota_is_reduced_by_what_it_counted) {
  pop3d::QuotaChange change;
  change.remove("1.a:2,S", 10);
  change.remove("2.a,S=5:2,", 7);  // by the size in its name
  change.remove("3.a:2,ST", 100);  // in the trash, so never counted
  CHECK_EQUAL(change.count(), 2U);
  CHECK_EQUAL(change.bytes(), 15U);
}
