// SPDX-License-Identifier: ISC
#include "lib/text.h"
#include "tests/unit/unit.h"

TEST(numbers_are_decimal_digits_and_nothing_else) {
  CHECK_EQUAL(lib::parse_number("1").value_or(0), 1U);
  CHECK_EQUAL(lib::parse_number("00001").value_or(0), 1U);
  for (const char* bad :
       {"", "-1", "+1", " 1", "1 ", "1x", "0x1", "1e2", "18446744073709551616"})
    CHECK(!lib::parse_number(bad));
  CHECK(!lib::parse_number("4294967297", 4294967296U));
}

TEST(constant_time_comparison_agrees_with_equality) {
  CHECK(lib::equal_constant_time("abc", "abc"));
  CHECK(!lib::equal_constant_time("abc", "abd"));
  CHECK(!lib::equal_constant_time("abc", ""));
  CHECK(!lib::equal_constant_time("abcabc", "abc"));
  CHECK(!lib::equal_constant_time("", "a"));
}
