// SPDX-License-Identifier: ISC
#include "maildir-pop3d/wire/xtnd_list.h"

#include <string>
#include <vector>

#include "tests/unit/unit.h"

using pop3d::Extension;
using pop3d::FieldCopy;

namespace {

std::string field_of(std::string_view message, std::string_view name,
                     size_t piece) {
  FieldCopy field(name, 12);
  std::string result;
  bool more = true;
  for (size_t at = 0; more && at < message.size(); at += piece)
    more = field.add(message.substr(at, piece), result);
  field.finish(result);
  return result;
}

struct Example {
  std::string_view message;
  std::string_view field;  // Subject
};

constexpr Example kExamples[] = {
    {"Subject: a\nTo: b\n\nbody", "12 Subject: a\r\n"},
    {"To: b\r\nSubject: a\r\n\tb\r\n c\r\nX: d\r\n\r\n",
     "12 Subject: a\r\n\tb\r\n c\r\n"},
    {"sUBJECT : a\n\n", "12 sUBJECT: a\r\n"},
    {"Subject:a", "12 Subject:a\r\n"},
    {"Subject:a\r", "12 Subject:a\r\n"},
    {"Subject:\n\n", "12 Subject:\r\n"},
    // A line of one blank is a continuation.
    {"Subject: a\n \n b\n\n", "12 Subject: a\r\n \r\n b\r\n"},
    {"Subject: a\rb\n\n", "12 Subject: a\rb\r\n"},
    {"Subject: first\nSubject: second\n\n", "12 Subject: first\r\n"},
    {"To: b\n\nSubject: in the body\n", ""},
    {"To: b\r\n\r\nSubject: in the body\n", ""},
    {"X-Subject: a\nSubjects: b\nSubject\n Subject: c\nSubj: d\n\n", ""},
    {"Subject", ""},
    {"", ""},
};

Extension parse(std::vector<std::string_view> words) {
  return pop3d::parse_extension(words);
}

}  // namespace

TEST(the_first_field_of_the_header_is_whole_in_any_pieces) {
  for (const Example& example : kExamples)
    for (size_t piece = 1; piece <= 40; ++piece)
      CHECK_EQUAL(field_of(example.message, "Subject", piece), example.field);
}

TEST(a_long_field_passes_in_pieces) {
  const std::string message =
      "X: 1\nSubject: " + std::string(200000, 's') + "\n\n";
  CHECK_EQUAL(field_of(message, "subject", 4096),
              "12 Subject: " + std::string(200000, 's') + "\r\n");
}

TEST(after_the_field_no_more_of_the_message_is_wanted) {
  FieldCopy field("Subject", 1);
  std::string result;
  CHECK(field.add("Subject: a\n", result));
  CHECK(!field.add("To: b\n", result));
  FieldCopy none("Subject", 1);
  CHECK(!none.add("To: b\n\nbody", result));
}

TEST(xtnd_xlist_takes_a_header_and_an_optional_number) {
  const Extension all = parse({"XLIST", "Subject"});
  CHECK(all.kind == Extension::Kind::List && !all.has_number);
  CHECK_EQUAL(all.header, "Subject");
  const Extension one = parse({"xlst", "message-id:", "007"});
  CHECK(one.kind == Extension::Kind::List && one.has_number);
  CHECK_EQUAL(one.header, "message-id");
  CHECK_EQUAL(one.number, "007");
}

TEST(xtnd_xmit_takes_no_argument) {
  CHECK(parse({"XMIT"}).kind == Extension::Kind::Submit);
  CHECK(parse({"xmit"}).kind == Extension::Kind::Submit);
  CHECK(parse({"XMIT", "1"}).kind == Extension::Kind::Unknown);
}

TEST(other_extensions_are_unknown) {
  CHECK(parse({}).kind == Extension::Kind::Unknown);
  CHECK(parse({"XLIST"}).kind == Extension::Kind::Unknown);
  CHECK(parse({"LIST", "Subject"}).kind == Extension::Kind::Unknown);
  CHECK(parse({"XLIST", "a", "1", "2"}).kind == Extension::Kind::Unknown);
  for (const char* name : {"", ":", "a:b", "\x80", "a\tb"})
    CHECK(parse({"XLIST", name}).kind == Extension::Kind::Unknown);
  const std::string longest(pop3d::kLongestFieldName, 'x');
  CHECK(parse({"XLIST", longest}).kind == Extension::Kind::List);
  CHECK(parse({"XLIST", longest + "x"}).kind == Extension::Kind::Unknown);
}
