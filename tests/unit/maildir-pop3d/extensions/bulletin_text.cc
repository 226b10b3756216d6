// SPDX-License-Identifier: ISC
#include "maildir-pop3d/extensions/bulletin_text.h"

#include <string>

#include "tests/unit/unit.h"

using pop3d::BulletinCopy;
using pop3d::BulletinId;

namespace {

// The copy for joe@mx.test of a text that is read in pieces of this size.
std::string copy_of(std::string_view text, size_t piece) {
  BulletinCopy copy("joe", "mx.test");
  std::string result;
  for (size_t at = 0; at < text.size(); at += piece)
    copy.add(text.substr(at, piece), result);
  copy.finish(result);
  return result;
}

struct Example {
  std::string_view text;
  std::string_view copy;
};

constexpr Example kExamples[] = {
    // The envelope line and Status: are removed, To: is replaced in its place.
    {"From root Mon Jan  1 00:00:00 2001\nTo: all\nStatus: RO\n"
     "Subject: down\n\nFrom here\nTo: x\nStatus: y\n",
     "To: joe@mx.test\nSubject: down\n\nFrom here\nTo: x\nStatus: y\n"},
    {"Subject: a\n\nbody\n", "Subject: a\nTo: joe@mx.test\n\nbody\n"},
    {"to : all,\n\tothers,\n more\nX: 1\n\n", "To: joe@mx.test\nX: 1\n\n"},
    {"STATUS: R\n O\nX: 1\n 2\nTo: a\nTo: b\n\n",
     "X: 1\n 2\nTo: joe@mx.test\n\n"},
    {"Tools: 1\nX-Status: 2\nStatus-X: 3\nT: 4\n\nb",
     "Tools: 1\nX-Status: 2\nStatus-X: 3\nT: 4\nTo: joe@mx.test\n\nb"},
    {"From: a\nX: 1\r\n\r\nbody\r\n",
     "From: a\nX: 1\r\nTo: joe@mx.test\n\r\nbody\r\n"},
    // Only the first line can be an envelope line.
    {"X: 1\nFrom a\n\nb\n", "X: 1\nFrom a\nTo: joe@mx.test\n\nb\n"},
    {"From a b\n", "To: joe@mx.test\n"},
    {"X: 1", "X: 1\nTo: joe@mx.test\n"},
    {"Sub", "Sub\nTo: joe@mx.test\n"},
    {"To: x\nSub", "To: joe@mx.test\nSub"},
    {"\nbody", "To: joe@mx.test\n\nbody"},
    {"", "To: joe@mx.test\n"},
};

}  // namespace

TEST(a_copy_has_one_to_field_and_no_status_in_any_pieces) {
  for (const Example& example : kExamples)
    for (size_t piece = 1; piece <= 64; ++piece)
      CHECK_EQUAL(copy_of(example.text, piece), example.copy);
}

TEST(a_header_line_of_any_length_passes) {
  const std::string text = "Subject: " + std::string(100000, 'x') + "\nTo: a" +
                           std::string(100000, 'y') + "\n\n";
  CHECK_EQUAL(copy_of(text, 4096),
              "Subject: " + std::string(100000, 'x') + "\nTo: joe@mx.test\n\n");
}

TEST(a_user_name_can_neither_add_a_field_nor_lose_its_domain) {
  std::string result;
  BulletinCopy forged("a\nBcc: b", "mx\r\n.test");
  forged.finish(result);
  CHECK_EQUAL(result, "To: a?Bcc: b@mx??.test\n");
  result.clear();
  BulletinCopy whole("joe@example.org", "mx.test");
  whole.finish(result);
  CHECK_EQUAL(result, "To: joe@example.org\n");
}

TEST(a_bulletin_is_a_file_whose_name_starts_with_a_number) {
  CHECK_EQUAL(pop3d::bulletin_number("23.pophost_down_sunday").value_or(0),
              23U);
  CHECK_EQUAL(pop3d::bulletin_number("0007").value_or(0), 7U);
  CHECK_EQUAL(pop3d::bulletin_number("4294967295x").value_or(0), 4294967295U);
  for (const char* other : {"", ".23", "README", "-1", " 1", "4294967296"})
    CHECK(!pop3d::bulletin_number(other));
}

TEST(popbull_holds_one_number) {
  CHECK_EQUAL(pop3d::parse_popbull("23\n").value_or(0), 23U);
  CHECK_EQUAL(pop3d::parse_popbull("  23 \r\n").value_or(0), 23U);
  CHECK_EQUAL(pop3d::parse_popbull("0").value_or(9), 0U);
  for (const char* bad : {"", "\n", "x", "1 2", "-1", "23\n24\n", "4294967296"})
    CHECK(!pop3d::parse_popbull(bad));
}

TEST(the_name_in_the_maildir_identifies_the_bulletin) {
  for (const BulletinId id : {BulletinId{0, 0}, BulletinId{23, 0},
                              BulletinId{23, 1}, BulletinId{4294967295U, 12}}) {
    for (const char* host : {"mx.test", "", "a/b:2,S", "bulletin5"}) {
      const auto name = pop3d::bulletin_name(1700000000, id, host);
      CHECK(!name.overflowed());
      CHECK(name.view().find_first_of("/:,") == std::string_view::npos);
      CHECK(pop3d::bulletin_of(name.view()) == id);
      CHECK(pop3d::bulletin_of(std::string(name.view()) + ":2,ST") == id);
    }
  }
  CHECK_EQUAL(pop3d::bulletin_name(1, {9, 0}, "h").view(),
              "1.bulletin0000000009.h");
  for (const char* other : {"1.M2P3.host", "1.bulletin.h", "1.bulletinx.h",
                            "bulletin5.1.h", "1.bulletin5-x.h", "bulletin5"})
    CHECK(!pop3d::bulletin_of(other));
}
