// SPDX-License-Identifier: ISC
#include <climits>

#include "checkpw/shadow.h"
#include "tests/unit/unit.h"

using checkpw::is_expired;
using checkpw::ShadowAges;

TEST(no_ages_no_expiry) {
  CHECK(!is_expired({}, 20000));
  CHECK(!is_expired({.last_change = 19000}, 20000));
  CHECK(!is_expired({.maximum = 5}, 20000));
}

TEST(an_account_expires_on_its_day) {
  CHECK(!is_expired({.expire = 20001}, 20000));
  CHECK(is_expired({.expire = 20000}, 20000));
  CHECK(is_expired({.expire = 0}, 20000));
}

TEST(a_password_is_good_through_its_last_day_and_the_grace) {
  ShadowAges ages{.last_change = 19990, .maximum = 10};
  CHECK(!is_expired(ages, 20000));
  CHECK(is_expired(ages, 20001));
  ages.inactive = 3;
  CHECK(!is_expired(ages, 20003));
  CHECK(is_expired(ages, 20004));
  ages.inactive = 0;
  CHECK(is_expired(ages, 20001));
}

TEST(a_change_that_is_due_or_in_the_future) {
  CHECK(is_expired({.last_change = 0}, 20000));
  CHECK(!is_expired({.last_change = 20005, .maximum = 0}, 20000));
}

TEST(absurd_numbers_do_not_overflow) {
  CHECK(!is_expired(
      {.last_change = 1, .maximum = LONG_MAX, .inactive = LONG_MAX}, 20000));
  CHECK(!is_expired({.last_change = LONG_MAX, .maximum = 1}, 20000));
  CHECK(!is_expired({.last_change = LONG_MIN, .maximum = 1}, 20000));
}
