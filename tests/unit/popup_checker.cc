// SPDX-License-Identifier: ISC
#include "popup/broker/checker.h"
#include "tests/unit/unit.h"

using popup::judge;
using popup::Verdict;

TEST(exit_codes_are_judged_by_the_table) {
  for (const int code : {1, 3, 12, 13, 20, 21, 22, 23, 100}) {
    CHECK(judge({.code = code, .uid = 0}, 0) == Verdict::Refused);
    CHECK(judge({.code = code, .uid = 1000}, 0) == Verdict::RefusedForGood);
    CHECK(judge({.served = true, .code = code}, 0) == Verdict::Served);
  }
  for (const int code : {2, 4, 10, 11, 14, 19, 24, 99, 101, 111, 255})
    CHECK(judge({.code = code}, 0) == Verdict::Failed);
  CHECK(judge({.code = 0}, 0) == Verdict::Served);
}

TEST(a_signal_is_no_exit_code) {
  CHECK(judge({.by_signal = true, .code = 1}, 0) == Verdict::Failed);
  CHECK(judge({.by_signal = true, .code = 0}, 0) == Verdict::Failed);
  CHECK(judge({.served = true, .by_signal = true, .code = 9}, 0) ==
        Verdict::Served);
}
