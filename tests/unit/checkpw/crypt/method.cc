// SPDX-License-Identifier: ISC
#include "checkpw/crypt/method.h"

#include <array>
#include <string>

#include "tests/unit/unit.h"

TEST(the_method_and_cost_of_a_hash_leave_the_salt_out) {
  constexpr std::array<std::array<std::string_view, 2>, 11> kHashes{{
      {"$y$j9T$salt$hash", "$y$j9T$"},
      {"$gy$j9T$salt$hash", "$gy$j9T$"},
      {"$6$salt$hash", "$6$"},
      {"$6$rounds=5000$salt$hash", "$6$rounds=5000$"},
      {"$1$salt$hash", "$1$"},
      {"$2b$10$abcdefghijklmnopqrstuu", "$2b$10$"},
      {"$7$CU..../....salt$hash", "$7$CU..../...."},
      {"$sha1$1000$salt$hash", "$sha1$1000$"},
      {"$md5$salt$$hash", "$md5$"},
      {"_J9..abcdGStHTR.nisg", "_J9.."},
      {"abnqrLigH.z/s", ""},
  }};
  for (const auto& [hash, work] : kHashes)
    CHECK_EQUAL(checkpw::method_and_cost(hash), work);
  CHECK_EQUAL(checkpw::method_and_cost(""), "");
  CHECK_EQUAL(checkpw::method_and_cost("$"), "");
}

TEST(the_first_hash_of_the_most_common_method_and_cost_is_kept) {
  checkpw::MethodCount count;
  CHECK(count.most_common().empty());
  count.add("$1$a$x");
  count.add("$y$j9T$b$x");
  count.add("$6$c$x");
  count.add("$6$d$x");
  CHECK_EQUAL(count.most_common(), "$6$c$x");
  count.add("$y$j9T$e$x");
  count.add("$y$j9T$f$x");
  CHECK_EQUAL(count.most_common(), "$y$j9T$b$x");
}

TEST(more_methods_than_are_counted_do_no_harm) {
  checkpw::MethodCount count;
  for (int i = 0; i < 100; ++i)
    count.add("$6$rounds=" + std::to_string(1000 + i) + "$s$x");
  count.add("$6$rounds=1003$s$y");
  CHECK_EQUAL(count.most_common(), "$6$rounds=1003$s$x");
}
