// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/filename.h"

#include <string>

#include "tests/unit/unit.h"

namespace {

pop3d::SizeHints hints(std::string_view name) {
  return pop3d::size_hints(pop3d::unique_part(name));
}

std::optional<uint64_t> octets(std::string_view name, uint64_t file_size) {
  return pop3d::octets_hint(hints(name), file_size);
}

}  // namespace

TEST(the_unique_part_ends_at_the_colon) {
  CHECK_EQUAL(pop3d::unique_part("1.a.h:2,S"), "1.a.h");
  CHECK_EQUAL(pop3d::unique_part("1.a.h"), "1.a.h");
  CHECK_EQUAL(pop3d::unique_part(":2,S"), "");
  CHECK_EQUAL(pop3d::unique_part("a:b:2,S"), "a");
}

TEST(the_time_is_the_digits_before_the_first_dot) {
  struct {
    const char* name;
    uint64_t time;
  } const cases[] = {
      {"1700000000.M1P2.host", 1700000000},
      {"00012.x", 12},
      {"17x.y", 0},
      {"17", 0},
      {".17", 0},
      {"", 0},
      {"-1.x", 0},
      {"18446744073709551614.x", UINT64_MAX - 1},
      {"18446744073709551616.x", UINT64_MAX},
      {"99999999999999999999999.x", UINT64_MAX},
      {"99999999999999999999999", 0},
      {"17:2,S.x", 0},
  };
  for (const auto& [name, time] : cases)
    CHECK_EQUAL(pop3d::arrival_time(name), time);
}

TEST(size_hints_are_in_the_unique_part) {
  CHECK_EQUAL(hints("1.a,S=10,W=12:2,S").bytes.value_or(0), 10U);
  CHECK_EQUAL(hints("1.a,S=10,W=12:2,S").octets.value_or(0), 12U);
  CHECK_EQUAL(hints("1.a,W=12").octets.value_or(0), 12U);
  CHECK_EQUAL(hints(",,S,S=7,").bytes.value_or(0), 7U);
  for (const char* name : {"1.a", "1.a,S=", "1.a,S=x", "1.a,S=-1", "1.a:2,S=1",
                           "1.a,S=1x", "1.a,S=99999999999999999999", "S=1",
                           "1.a,XS=1", "1.a,S=x,S=1", ",", ",S"})
    CHECK(!hints(name).bytes);
}

TEST(octets_are_believed_only_with_the_right_size) {
  CHECK_EQUAL(octets("1.a,S=10,W=12", 10).value_or(0), 12U);
  CHECK_EQUAL(octets("1.a,W=12,S=10:2,", 10).value_or(0), 12U);
  CHECK(!octets("1.a,S=10,W=12", 11));
  CHECK(!octets("1.a,W=12", 10));
  CHECK(!octets("1.a,S=10", 10));
}

TEST(octets_impossible_for_the_size_are_not_believed) {
  CHECK(!octets("1.a,S=10,W=9", 10));
  CHECK_EQUAL(octets("1.a,S=10,W=22", 10).value_or(0), 22U);
  CHECK(!octets("1.a,S=10,W=23", 10));
}

TEST(flags_follow_the_info_mark) {
  CHECK(pop3d::has_flag("1.T:2,ST", 'T'));
  CHECK(!pop3d::has_flag("1.T:2,S", 'T'));
  CHECK(!pop3d::has_flag("1.T", 'T'));
  CHECK(pop3d::has_info("1:2,"));
  CHECK(!pop3d::has_info("1:1,x"));
}

// Some file systems allow longer names than 255 bytes.
TEST(a_name_too_long_for_cur_is_not_cut_short) {
  CHECK_EQUAL(pop3d::name_in_cur("1.a").view(), "1.a:2,");
  CHECK_EQUAL(pop3d::name_in_cur("1.a:2,S").view(), "1.a:2,S");
  CHECK_EQUAL(pop3d::name_in_cur(std::string(255, 'n')).size(), 258U);
  CHECK(pop3d::name_in_cur(std::string(300, 'n')).empty());
  CHECK(pop3d::name_in_cur(std::string(262, 'n')).empty());
}

TEST(the_base_ends_at_the_first_comma_or_colon) {
  using pop3d::base_part;
  CHECK_EQUAL(base_part("1.a,U=5:2,S"), "1.a");
  CHECK_EQUAL(base_part("1.a:2,S"), "1.a");
  CHECK_EQUAL(base_part("1.a"), "1.a");
  CHECK_EQUAL(base_part(",S=3"), "");
  CHECK_EQUAL(base_part(""), "");
}

TEST(unique_ids_are_1_to_70_printable_characters) {
  CHECK(pop3d::valid_uidl("!~"));
  CHECK(pop3d::valid_uidl(std::string(70, 'x')));
  CHECK(!pop3d::valid_uidl(std::string(71, 'x')));
  for (const char* bad : {"", "a b", "a\tb", "a\x7f", "caf\xc3\xa9"})
    CHECK(!pop3d::valid_uidl(bad));
}
