// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/uidl_table.h"

#include <initializer_list>
#include <string>
#include <string_view>

#include "maildir-pop3d/mailbox/uidl_list.h"
#include "tests/unit/unit.h"

using pop3d::UidlFormat;
using pop3d::UidlTable;

namespace {

std::string id(const UidlTable& table, std::string_view unique) {
  const auto found = table.find(unique);
  return found ? std::string(found->view()) : "none";
}

// The fault as "LINE: what is wrong", or "".
std::string fault(UidlFormat format, std::string_view text) {
  const auto found = UidlTable(format, text).fault();
  if (!found) return "";
  constexpr std::string_view kDoing = "use the list of unique ids: ";
  std::string fault(found->why);
  if (fault.starts_with(kDoing)) fault.erase(0, kDoing.size());
  return found->line == 0 ? fault : std::to_string(found->line) + ": " + fault;
}

struct Known {
  std::string_view unique;
  std::string_view id;
};
// The names for which the table has another id.
std::string wrong(const UidlTable& table, std::initializer_list<Known> known) {
  std::string names;
  for (const Known& one : known)
    if (id(table, one.unique) != one.id) names += std::string(one.unique) + ' ';
  return names;
}

}  // namespace

TEST(dovecots_list_gives_uid_and_validity_in_hexadecimal) {
  const UidlTable table(UidlFormat::Dovecot,
                        "3 V1795278519 N6 G5e297629b7c6016b671c000083ecc375\n"
                        "1 W18 :1700000001.M1P1.host\n"
                        "4 :1700000005.M5.host,S=15,W=18\n"
                        "255 G12 W3 S2 O4 :with a space:2,S\n"
                        "4294967294 :last\n");
  CHECK_EQUAL(table.size(), 4U);
  CHECK_EQUAL(
      wrong(table, {{"1700000001.M1P1.host", "000000016b01c6b7"},
                    {"1700000005.M5.host,S=15,W=18", "000000046b01c6b7"},
                    {"with a space", "000000ff6b01c6b7"},
                    {"last", "fffffffe6b01c6b7"},
                    {"1700000001.M1P1", "none"},
                    {"", "none"}}),
      "");
}

TEST(dovecots_list_may_hold_another_servers_unique_ids) {
  const UidlTable table(UidlFormat::Dovecot,
                        "3 V16 N4\n"
                        "1 PUID7-99 W18 :a\n"
                        "2 W3 Pold :b\n"
                        "3 P :c\n");
  CHECK_EQUAL(
      wrong(table, {{"a", "UID7-99"}, {"b", "old"}, {"c", "0000000300000010"}}),
      "");
}

TEST(a_list_of_version_one_is_read_too) {
  const UidlTable table(UidlFormat::Dovecot, "1 16 4\n1 a\n3 b c:2,\n");
  CHECK_EQUAL(
      wrong(table, {{"a", "0000000100000010"}, {"b c", "0000000300000010"}}),
      "");
}

TEST(dovecots_header_has_its_fields_in_any_order) {
  const UidlTable table(UidlFormat::Dovecot, "3 N4 Gx V16\n1 :a\n");
  CHECK_EQUAL(id(table, "a"), "0000000100000010");
}

TEST(a_list_without_entries_has_no_fault) {
  CHECK_EQUAL(fault(UidlFormat::Dovecot, "3 V1 N1\n"), "");
  CHECK_EQUAL(fault(UidlFormat::Dovecot, "1 1 1\r\n\n\n"), "");
  CHECK_EQUAL(fault(UidlFormat::Courier, "/1 1\n"), "");
  CHECK_EQUAL(fault(UidlFormat::Courier, "/2 1 7\n"), "");
  CHECK_EQUAL(fault(UidlFormat::Courier, "/3 1 7\n\n"), "");
  CHECK_EQUAL(fault(UidlFormat::File, "\n"), "");
}

TEST(a_damaged_list_has_a_fault_and_gives_no_ids) {
  constexpr UidlFormat kDovecot = UidlFormat::Dovecot;
  constexpr UidlFormat kCourier = UidlFormat::Courier;
  constexpr UidlFormat kFile = UidlFormat::File;
  const std::string long_name(256, 'x');
  const struct {
    UidlFormat format;
    std::string text;
    std::string fault;
  } lists[] = {
      {kDovecot, "", "it is empty"},
      {kDovecot, "\n", "1: of an unknown version"},
      {kDovecot, "2 V1 N2\n1 :a\n", "1: of an unknown version"},
      {kDovecot, "x V1\n1 :a\n", "1: of an unknown version"},
      {kDovecot, "3\n1 :a\n", "1: a number is missing in its header"},
      {kDovecot, "3 N2\n1 :a\n", "1: a number is missing in its header"},
      {kDovecot, "3 V0 N2\n1 :a\n", "1: a number is missing in its header"},
      {kDovecot, "3 V9999999999 N1\n", "1: a number is missing in its header"},
      {kDovecot, "1 x 4\n1 a\n", "1: a number is missing in its header"},
      {kDovecot, "3 V1 N", "1: its last line has no end"},
      {kDovecot, "3 V1 N4\n1 :a\n2 :b", "3: its last line has no end"},
      {kDovecot, std::string("3 V1 N4\n1 :a\n\0\0\n", 16), "3: it holds a NUL"},
      {kDovecot, "3 V1 N4\n1 :a\n2 W3\n", "3: a line is not an entry"},
      {kDovecot, "3 V1 N4\n1 :\n", "2: a line is not an entry"},
      {kDovecot, "3 V1 N4\n0 :a\n", "2: a line is not an entry"},
      {kDovecot, "3 V1 N4\n4294967295 :a\n", "2: a line is not an entry"},
      {kDovecot, "3 V1 N4\n\n1 :cur/a\n", "3: a line is not an entry"},
      {kDovecot, "3 V1 N4\n1 :" + long_name + '\n',
       "2: a line is not an entry"},
      {kDovecot, "/3 11 77\n1.host:2, 18 4:66:0\n", "1: of an unknown version"},
      {kCourier, "", "it is empty"},
      {kCourier, "/4 11 77\n1.a 1 1\n", "1: of an unknown version"},
      {kCourier, "/0 11 77\n", "1: of an unknown version"},
      {kCourier, "/3\n1.a 1 1:2:0\n", "1: a number is missing in its header"},
      {kCourier, "/3 4 5\n1.a 1 1:2:0\n2.a 1\n", "3: a line is not an entry"},
      {kCourier, "/3 4 5\n1.a 1 1:x:0\n", "2: a line is not an entry"},
      {kCourier, "/3 4 5\n1.a 1 1:2:0", "2: its last line has no end"},
      {kCourier, "3 V1 N4\n1 :a\n", "1: a line is not an entry"},
      {kFile, "", "it is empty"},
      {kFile, "a one\nb\ttwo\n", "2: a line is not an entry"},
      {kFile, "a one\nb \ttwo\n", "2: a line is not an entry"},
      {kFile, "a one\nlonely\n", "2: a line is not an entry"},
      {kFile, "a one\n two\n", "2: a line is not an entry"},
      {kFile, "a one\ncur/b two\n", "2: a line is not an entry"},
      {kFile,
       "\xef\xbb\xbf"
       "a one\n",
       "1: a line is not an entry"},
      {kFile, "a one\nb tw", "2: its last line has no end"},
      {kFile, std::string("a one\n\0b two\n", 13), "2: it holds a NUL"},
      {kFile, "3 V1 N4\n1 W18 :a\n",
       "1: it is Dovecot's, not one of names and ids"},
  };
  for (const auto& list : lists) {
    CHECK_EQUAL(fault(list.format, list.text), list.fault);
    CHECK_EQUAL(UidlTable(list.format, list.text).size(), 0U);
  }
}

TEST(couriers_list_gives_number_and_validity) {
  const UidlTable table(UidlFormat::Courier,
                        "/3 11 77\n"
                        "1.host:2, 18 4:66:0\n"
                        "2.host:2,S 18 8:77:1\n"
                        "3.a+b'c\"d\xe9:2,S 19 0:77:0\n"
                        "4.with 5 6 19 9:0:0\n");
  CHECK_EQUAL(wrong(table, {{"1.host", "UID4-66"},
                            {"2.host", "UID8-77"},
                            {"3.a+b'c\"d\xe9", "3.a+2Bb+27c+22d+E9"},
                            {"4.with 5 6", "UID9"}}),
              "");
}

TEST(couriers_older_lists_are_read_too) {
  const UidlTable one(UidlFormat::Courier, "/1 9\n1.a:2,S 18 4\n2.b 3 0\n");
  CHECK_EQUAL(wrong(one, {{"1.a", "UID4"}, {"2.b", "2.b"}}), "");
  const UidlTable none(UidlFormat::Courier, "1.a+:2,S 18\n2.b 4 3\n");
  CHECK_EQUAL(wrong(none, {{"1.a+", "1.a+2B"}, {"2.b 4", "2.b+204"}}), "");
}

TEST(a_file_maps_names_to_unique_ids) {
  const UidlTable table(UidlFormat::File,
                        "1.a:2,S one\r\n2.b  two  \n\n"
                        "4.d caf\xe9\n5.e f four\n");
  CHECK_EQUAL(table.size(), 3U);
  CHECK_EQUAL(
      wrong(
          table,
          {{"1.a", "one"}, {"2.b", "two"}, {"4.d", "none"}, {"5.e f", "four"}}),
      "");
}

TEST(the_last_entry_of_a_name_and_the_first_of_an_id_count) {
  const UidlTable table(UidlFormat::File,
                        "a one\nb two\na three\nc two\nd four\nd four\n");
  CHECK_EQUAL(
      wrong(table,
            {{"a", "three"}, {"b", "two"}, {"c", "none"}, {"d", "four"}}),
      "");
}

TEST(a_table_knows_the_unique_ids_that_it_gives) {
  const UidlTable table(UidlFormat::File, "a one\nb two\na three\nc two\n");
  CHECK(table.has_uidl("two") && table.has_uidl("three"));
  CHECK(!table.has_uidl("one") && !table.has_uidl("a"));
  CHECK(!UidlTable().has_uidl("one"));
}

TEST(unique_ids_too_long_for_the_protocol_are_left_out) {
  const std::string seventy(70, 'x');
  const std::string text = "a " + seventy + "\nb " + seventy + "x\n";
  const UidlTable table(UidlFormat::File, text);
  CHECK_EQUAL(wrong(table, {{"a", seventy}, {"b", "none"}}), "");
  const std::string plus(40, '+');
  CHECK_EQUAL(UidlTable(UidlFormat::Courier, plus + " 5\n").size(), 0U);
}

TEST(sources_have_the_names_of_the_manual) {
  CHECK(pop3d::parse_uidl_source("name")->format == UidlFormat::Name);
  CHECK(pop3d::parse_uidl_source("dovecot")->format == UidlFormat::Dovecot);
  CHECK(pop3d::parse_uidl_source("courier")->format == UidlFormat::Courier);
  const auto file = pop3d::parse_uidl_source("file:/x:y");
  CHECK(file && file->format == UidlFormat::File);
  CHECK_EQUAL(std::string_view(file->path), "/x:y");
  for (const char* bad : {"", "file", "file:", "Dovecot", "courier:x"})
    CHECK(!pop3d::parse_uidl_source(bad));
}

TEST(a_table_of_too_many_entries_is_empty) {
  const std::string_view text = "a one\nb two\n\nc three\n";
  const UidlTable whole(UidlFormat::File, text, "", 3);
  CHECK_EQUAL(whole.size(), 3U);
  CHECK(!whole.fault());
  const UidlTable cut(UidlFormat::File, text, "", 2);
  CHECK_EQUAL(cut.size(), 0U);
  CHECK(cut.fault() && cut.fault()->line == 4);
  CHECK_EQUAL(id(cut, "a"), "none");
  CHECK(!cut.has_uidl("one"));
}
