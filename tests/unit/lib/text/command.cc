// SPDX-License-Identifier: ISC
#include "lib/text/command.h"

#include "tests/unit/unit.h"

using namespace std::string_view_literals;

namespace {

struct Row {
  std::string_view line;
  std::string_view keyword;
  std::string_view argument;
  bool has_argument;
};
constexpr Row kLines[] = {
    {"", "", "", false},
    {"\r", "", "", false},
    {"STAT", "STAT", "", false},
    {"STAT\r", "STAT", "", false},
    {"stat\r\r", "stat\r", "", false},
    {"STAT ", "STAT", "", true},
    {"STAT \r", "STAT", "", true},
    {"RETR 1\r", "RETR", "1", true},
    {"TOP 1 10\r", "TOP", "1 10", true},
    {"PASS  a b  \r", "PASS", " a b  ", true},
    {"PASS a\rb\r", "PASS", "a\rb", true},
    {"PASS\tx", "PASS\tx", "", false},
    {" STAT", "", "STAT", true},
    {"PASS a\0b"sv, "PASS", "a\0b"sv, true},
    {"\r PASS", "\r", "PASS", true},
};

}  // namespace

TEST(a_line_is_split_into_keyword_and_verbatim_rest) {
  for (const Row& row : kLines) {
    const lib::Command command = lib::split_command(row.line);
    CHECK_EQUAL(command.keyword, row.keyword);
    CHECK_EQUAL(command.argument, row.argument);
    CHECK_EQUAL(command.has_argument, row.has_argument);
  }
}
