// SPDX-License-Identifier: ISC
#include "lib/text/text.h"

#include "tests/unit/unit.h"

TEST(numbers_have_only_decimal_digits) {
  CHECK_EQUAL(lib::parse_number("1").value_or(0), 1U);
  CHECK_EQUAL(lib::parse_number("00001").value_or(0), 1U);
  for (const char* bad :
       {"", "-1", "+1", " 1", "1 ", "1x", "0x1", "1e2", "18446744073709551616"})
    CHECK(!lib::parse_number(bad));
  CHECK(!lib::parse_number("4294967297", 4294967296U));
}

TEST(words_may_have_any_number_of_spaces_around_them) {
  for (std::string_view text : {"a bc d", "  a   bc  d  "}) {
    for (const char* word : {"a", "bc", "d", ""})
      CHECK_EQUAL(lib::next_word(text), word);
    CHECK(text.empty());
  }
  std::string_view rest = " a  b  c ";
  (void)lib::next_word(rest);
  CHECK_EQUAL(rest, "b  c");
  CHECK_EQUAL(lib::trim_spaces("   "), "");
}

TEST(constant_time_comparison_agrees_with_equality) {
  CHECK(lib::equal_constant_time("abc", "abc"));
  CHECK(!lib::equal_constant_time("abc", "abd"));
  CHECK(!lib::equal_constant_time("abc", ""));
  CHECK(!lib::equal_constant_time("abcabc", "abc"));
  CHECK(!lib::equal_constant_time("", "a"));
}
