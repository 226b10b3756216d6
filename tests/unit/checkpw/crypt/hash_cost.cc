// SPDX-License-Identifier: ISC
#include "checkpw/crypt/hash_cost.h"

#include "tests/unit/unit.h"

using checkpw::hash_cost;
using checkpw::is_affordable;

TEST(a_setting_tells_the_memory_of_its_hash) {
  struct Case {
    std::string_view setting;
    uint64_t mebibytes;
  };
  // Settings of crypt_gensalt for costs 3 to 11, and one with two digits for r.
  for (const auto& [setting, mebibytes] : {Case{"$y$j7T$salt$", 4},
                                           {"$y$j9T$salt$hash", 16},
                                           {"$gy$j9T$salt$", 16},
                                           {"$y$jFT$salt$", 1024},
                                           {"$y$j9k.$salt$", 24},
                                           {"$7$CU..../....salt", 64},
                                           {"$7$GU..../....salt", 1024}}) {
    const auto cost = hash_cost(setting);
    CHECK(cost.has_value());
    CHECK_EQUAL(cost->memory >> 20U, mebibytes);
  }
  CHECK_EQUAL(hash_cost("$6$salt$")->memory, 0U);
}

TEST(a_hash_within_the_bounds_is_affordable) {
  for (const std::string_view setting :
       {"$y$j9T$s$", "$gy$jDT$s$", "$y$jDT$s$", "$7$EU..../....s", "$2b$16$s",
        "$2y$04$s", "$6$s$", "$6$rounds=656000$s$", "$5$rounds=656000$s$",
        "$5$rounds=1000$s$", "$1$s$", "$3$$x", "$sha1$40000$s$",
        "$sha1$262144$s$", "$7$CU..../....s", "$md5$s$$", "$md5,rounds=999$s$$",
        "_J9..salt", "abnqrLigH.z/s"})
    CHECK(is_affordable(setting));
}

TEST(a_hash_beyond_the_bounds_is_not_affordable) {
  for (const std::string_view setting :
       {"$y$jET$s$", "$gy$jFT$s$", "$y$jzT$s$", "$y$j9zzzzz$s$", "$y$jCyzzz$s$",
        "$7$FU..../....s", "$7$CU....zz...s", "$7$zzzzzzzzzzzs", "$2b$17$s",
        "$2b$31$s", "$2b$99$s", "$6$rounds=999999999$s$",
        "$5$rounds=99999999999999999999$s$", "$sha1$4294967295$s$",
        "$md5,rounds=4294967295$s$$"})
    CHECK(!is_affordable(setting));
}

TEST(scrypt_with_a_large_p_or_r_is_not_affordable) {
  // N is 2 and r 1, and p 2^20, 2^22 and 2^30 - 1.
  CHECK(is_affordable("$7$//..../....s"));
  CHECK(!is_affordable("$7$//.......2.s"));
  CHECK(!is_affordable("$7$//.......E.s"));
  CHECK(!is_affordable("$7$//....zzzzzs"));
  CHECK_EQUAL(hash_cost("$7$//.......2.s")->memory >> 20U, 128U);
  CHECK_EQUAL(hash_cost("$7$//.......E.s")->memory >> 20U, 512U);
  // r is 2^19: most of the memory is outside the table.
  CHECK(!is_affordable("$7$/...0./....s"));
  CHECK_EQUAL(hash_cost("$7$/...0./....s")->memory >> 20U, 320U);
  // N, r and p have their highest values: the product exceeds 64 bits.
  CHECK_EQUAL(hash_cost("$7$Uzzzzzzzzzzs")->time, UINT64_MAX);
}

TEST(yescrypt_with_an_unusual_r_is_not_affordable) {
  CHECK(!is_affordable("$y$j/xpvj$s$"));
  CHECK(!is_affordable("$gy$j/xpvj$s$"));
}

TEST(sha2_is_judged_by_the_longest_password) {
  CHECK(!is_affordable("$6$rounds=5000000$s$"));
  CHECK(!is_affordable("$5$rounds=1000000$s$"));
  CHECK(!is_affordable("$sha1$2000000$s$"));
  // The default costs no more than a refusal may.
  const auto preferred = hash_cost("$y$j9T$s$");
  CHECK(hash_cost("$6$s$")->time < checkpw::kMostDummyFactor * preferred->time);
}

TEST(an_unknown_setting_is_not_affordable) {
  for (const std::string_view setting : {"$",
                                         "$y",
                                         "$y$",
                                         "$y$j",
                                         "$y$j9",
                                         "$y$j9T",
                                         "$y$j9T/.$s$",
                                         "$y$j!T$s$",
                                         "$7$",
                                         "$7$CU....",
                                         "$2b$x$s",
                                         "$2$",
                                         "$6$rounds=$s$",
                                         "$6$rounds=-1$s$",
                                         "$sha1$$",
                                         "$md5x$s$",
                                         "$md5,rounds=$",
                                         "_J9.",
                                         "_J9!.salt",
                                         "$99$s$"})
    CHECK(!is_affordable(setting));
}
