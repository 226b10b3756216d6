// SPDX-License-Identifier: ISC
#include "checkpw/hash_cost.h"
#include "tests/unit/unit.h"

using checkpw::hash_cost;
using checkpw::is_affordable;

TEST(the_memory_of_a_hash_is_told_by_its_setting) {
  struct Case {
    std::string_view setting;
    uint64_t mebibytes;
  };
  // As crypt_gensalt makes them from cost 3 to 11, and one of two digits for r.
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
        "$2y$04$s", "$6$s$", "$6$rounds=5000000$s$", "$5$rounds=1000$s$",
        "$1$s$", "$3$$x", "$sha1$40000$s$", "$md5$s$$", "$md5,rounds=999$s$$",
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

TEST(a_setting_that_is_not_understood_is_not_affordable) {
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
