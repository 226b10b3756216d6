// SPDX-License-Identifier: ISC
#include "checkpw/crypt/hash.h"

#include <cerrno>
#include <string>

#include "checkpw/crypt/method.h"
#include "tests/unit/unit.h"

namespace {

constexpr std::string_view kMd5 = "$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/";
constexpr const char* kDamaged = "$2b$99$abcdefghijklmnopqrstuuKcS.CYWVYVaLiiC";

}  // namespace

TEST(only_the_right_password_matches_a_hash) {
  CHECK(checkpw::hash_matches("sesame", kMd5).value());
  CHECK(!checkpw::hash_matches("sesamo", kMd5).value());
  CHECK(!checkpw::hash_matches("", kMd5).value());
  CHECK(!checkpw::hash_matches("sesame", kMd5.substr(0, 33)).value());
}

TEST(a_damaged_hash_is_an_error_not_a_refusal) {
  CHECK(!checkpw::hash_matches("sesame", kDamaged).ok());
  CHECK(!checkpw::hash_matches("sesame", "*0").ok());
  CHECK(!checkpw::hash_matches("sesame", "").ok());
  CHECK(!checkpw::hash_matches("sesame", std::string(500, '$')).ok());
}

TEST(spending_accepts_every_setting) {
  CHECK(checkpw::spend_hash("x", "").ok());
  CHECK(checkpw::spend_hash("x", kMd5).ok());
  CHECK(checkpw::spend_hash("x", kDamaged).ok());
}

TEST(a_damaged_hash_is_not_reported_as_lack_of_memory) {
  CHECK_EQUAL(checkpw::hash_matches("sesame", kDamaged).error().code, EINVAL);
  CHECK_EQUAL(checkpw::hash_matches("sesame", "$y$j9T$a:b$").error().code,
              EINVAL);
}

TEST(a_dummy_costs_at_most_four_preferred_hashes) {
  for (const std::string_view kept :
       {"$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/", "$6$abcdefgh$abcdefghijkl",
        "$2b$10$abcdefghijklmnopqrstuu", "$y$jAT$abcdefghijklmnop$",
        "$7$CU..../....abcdefghijklmnop$"}) {
    checkpw::HashText dummy;
    checkpw::choose_dummy(kept, dummy);
    CHECK_EQUAL(dummy.view(), kept);
  }
  for (const std::string_view dear :
       {"$2b$12$abcdefghijklmnopqrstuu", "$y$jET$abcdefghijklmnop$",
        "$6$rounds=999999999$abcdefgh$", "$99$abcdefgh$"}) {
    checkpw::HashText dummy;
    checkpw::choose_dummy(dear, dummy);
    CHECK(dummy.view().starts_with("$y$j9T$"));
  }
}

TEST(every_offered_method_works) {
  for (const checkpw::Method& method : checkpw::methods()) {
    if (stores_plain_text(method)) continue;
    checkpw::HashText setting;
    checkpw::HashText hash;
    CHECK(checkpw::make_setting(method.prefix, method.cost, setting).ok());
    CHECK(setting.view().starts_with(method.prefix));
    CHECK(checkpw::make_hash("a", setting.view(), hash).ok());
    CHECK(checkpw::is_hash(hash.view()));
    CHECK(checkpw::hash_matches("a", hash.view()).value());
  }
  CHECK(!stores_plain_text(checkpw::preferred_method()));
  CHECK(!checkpw::find_method("DES"));
}
