// SPDX-License-Identifier: ISC
#include "checkpw/stores/shadow.h"

#include <climits>

#include "tests/unit/unit.h"

using checkpw::is_expired;
using checkpw::ShadowAges;

TEST(an_entry_without_ages_never_expires) {
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

TEST(a_due_change_expires_and_a_future_one_does_not) {
  CHECK(is_expired({.last_change = 0}, 20000));
  CHECK(!is_expired({.last_change = 20005, .maximum = 0}, 20000));
}

TEST(absurd_numbers_do_not_overflow) {
  CHECK(!is_expired(
      {.last_change = 1, .maximum = LONG_MAX, .inactive = LONG_MAX}, 20000));
  CHECK(!is_expired({.last_change = LONG_MAX, .maximum = 1}, 20000));
  CHECK(!is_expired({.last_change = LONG_MIN, .maximum = 1}, 20000));
}

TEST(a_line_of_shadow_becomes_an_entry) {
  checkpw::ShadowEntry entry;
  checkpw::parse_shadow("$1$x:19000:0:99999:7:3:20000:", entry);
  CHECK(entry.found);
  CHECK_EQUAL(entry.hash.view(), "$1$x");
  CHECK_EQUAL(entry.ages.last_change, 19000);
  CHECK_EQUAL(entry.ages.maximum, 99999);
  CHECK_EQUAL(entry.ages.inactive, 3);
  CHECK_EQUAL(entry.ages.expire, 20000);
}

TEST(empty_and_missing_fields_of_shadow_set_no_age) {
  checkpw::ShadowEntry entry;
  checkpw::parse_shadow("$1$x:::", entry);
  CHECK_EQUAL(entry.hash.view(), "$1$x");
  CHECK_EQUAL(entry.ages.last_change, -1);
  CHECK_EQUAL(entry.ages.expire, -1);
}

TEST(a_non_numeric_age_in_shadow_is_damaged) {
  struct Case {
    std::string_view line, fault;
  };
  for (const auto& [line, fault] :
       {Case{"$1$x:1x::::::", "date of last password change"},
        {"$1$x::99999999999999999999:::", "minimum password age"},
        {"$1$x:::-2:::", "maximum password age"},
        {"$1$x:::: :::", "password warning period"},
        {"$1$x:::::7 ::", "password inactivity period"},
        {"$1$x::::::+1", "account expiration date"}}) {
    checkpw::ShadowEntry entry;
    checkpw::parse_shadow(line, entry);
    CHECK(entry.found && entry.fault != nullptr);
    CHECK_EQUAL(std::string_view(entry.fault), fault);
  }
}

TEST(white_space_before_an_age_of_shadow_is_skipped) {
  checkpw::ShadowEntry entry;
  checkpw::parse_shadow("$1$x: 19000:\t0:  5:\v7: 3: 20000:", entry);
  CHECK(entry.fault == nullptr);
  CHECK_EQUAL(entry.ages.last_change, 19000);
  CHECK_EQUAL(entry.ages.maximum, 5);
  CHECK_EQUAL(entry.ages.inactive, 3);
  CHECK_EQUAL(entry.ages.expire, 20000);
}
