// SPDX-License-Identifier: ISC
#include "popup/broker/checker.h"

#include "tests/unit/unit.h"

using popup::Outcome;
using popup::outcome_of;

TEST(each_exit_code_has_its_outcome) {
  for (const int code : {1, 3, 12, 13, 20, 21, 22, 23, 100}) {
    CHECK(outcome_of({.code = code, .uid = 0}, 0) == Outcome::Refused);
    CHECK(outcome_of({.code = code, .uid = 1000}, 0) ==
          Outcome::RefusedForGood);
  }
  for (const int code : {2, 4, 10, 11, 14, 19, 24, 99, 101, 111, 255})
    CHECK(outcome_of({.code = code}, 0) == Outcome::Temporary);
  CHECK(outcome_of({.code = 0}, 0) == Outcome::Done);
}

TEST(death_by_a_signal_is_not_taken_for_an_exit_code) {
  CHECK(outcome_of({.by_signal = true, .code = 1}, 0) == Outcome::Temporary);
  CHECK(outcome_of({.by_signal = true, .code = 0}, 0) == Outcome::Temporary);
}
