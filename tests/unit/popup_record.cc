// SPDX-License-Identifier: ISC
#include <algorithm>
#include <string>

#include "popup/record.h"
#include "tests/unit/unit.h"

using popup::RecordKind;
using popup::RecordReader;
using popup::RecordText;
using namespace std::string_literals;

namespace {

void feed(RecordReader& reader, std::string_view text) {
  std::ranges::copy(text, reader.room().begin());
  reader.added(text.size());
}

}  // namespace

TEST(a_submission_comes_back_as_it_was_sent) {
  RecordText text;
  CHECK(popup::encode_submission({.mechanism = lib::Mechanism::Apop,
                                  .login = "joe",
                                  .secret = "x y",
                                  .bad_commands = 7},
                                 text));
  RecordReader reader;
  feed(reader, text.view());
  const auto record = reader.next();
  CHECK(record && record->kind == RecordKind::Credentials);
  const auto submission = popup::decode_submission(record->payload);
  CHECK(submission && submission->login == "joe" &&
        submission->secret == "x y" && submission->bad_commands == 7 &&
        submission->mechanism == lib::Mechanism::Apop);
  CHECK(!reader.next() && !reader.broken());
}

TEST(records_may_come_in_any_pieces) {
  RecordText text;
  popup::encode_record(RecordKind::Trace, "NOOP", text);
  const std::string stream =
      std::string(text.view()) + std::string(text.view());
  RecordReader reader;
  int seen = 0;
  for (const char c : stream) {
    feed(reader, {&c, 1});
    while (const auto record = reader.next()) {
      CHECK_EQUAL(record->payload, "NOOP");
      ++seen;
    }
  }
  CHECK_EQUAL(seen, 2);
  feed(reader, stream);
  CHECK(reader.next() && reader.next() && !reader.next());
}

TEST(false_records_break_the_stream) {
  for (const std::string& bad :
       {"X\0\0"s, "C\2\x59"s, "T\xff\xff"s, "\0\0\0"s, "x"s}) {
    RecordReader reader;
    feed(reader, bad);
    CHECK(!reader.next());
    CHECK(reader.broken());
  }
  RecordText text;
  CHECK(!popup::encode_record(RecordKind::Trace, std::string(601, 'x'), text));
  CHECK(popup::encode_record(RecordKind::Trace, std::string(600, 'x'), text));
}

TEST(what_a_proxy_said_comes_back_as_it_was_sent) {
  popup::ProxiedClient client;
  client.local = false;
  client.tls = true;
  client.source = {*lib::parse_address("192.0.2.7"), 4711};
  client.destination = {*lib::parse_address("2001:db8::1"), 65535};
  client.tls_version << "TLSv1.3";
  RecordText text;
  CHECK(popup::encode_proxied(client, text));
  RecordReader reader;
  feed(reader, text.view());
  const auto record = reader.next();
  CHECK(record && record->kind == RecordKind::Proxied);
  const auto got = popup::decode_proxied(record->payload);
  CHECK(got && !got->local && got->tls && got->source.port == 4711 &&
        got->destination.port == 65535);
  CHECK(got->source.address == client.source.address &&
        got->destination.address == client.destination.address);
  CHECK_EQUAL(got->tls_version.view(), "TLSv1.3");
  CHECK(popup::encode_proxied({}, text));
  const auto none =
      popup::decode_proxied(text.view().substr(popup::kRecordHeader));
  CHECK(none && none->local && !none->tls && none->tls_version.empty());
}

TEST(false_words_about_a_proxy_are_refused) {
  const std::string good = "\2" + std::string(36, 'x');
  CHECK(popup::decode_proxied(good + "TLSv1.2"));
  for (const std::string& bad :
       {""s, good.substr(0, 36), "\4" + good.substr(1), "\xff" + good.substr(1),
        good + "TLS 1", good + "\n", good + "x\0"s,
        good + std::string(17, 'x')})
    CHECK(!popup::decode_proxied(bad));
}

TEST(the_count_before_tls_is_one_octet) {
  RecordText text;
  CHECK(popup::encode_start_tls(300, text));
  const auto payload = text.view().substr(popup::kRecordHeader);
  CHECK_EQUAL(popup::decode_start_tls(payload).value_or(0), 255U);
  CHECK(!popup::decode_start_tls("") && !popup::decode_start_tls("xx"));
}

TEST(submissions_with_anything_odd_are_refused) {
  CHECK(popup::decode_submission("\0PASS\0joe\0x\0"s));
  for (const std::string& bad :
       {""s, "\0"s, "\0PASS\0joe\0x"s, "\0PASS\0joe\0"s, "\0PASS\0\0x\0"s,
        "\0PASS\0joe\0\0"s, "\0NONE\0joe\0x\0"s, "\0-\0joe\0x\0"s,
        "\0PASS\0joe\0x\0y\0"s, "\0PASS\0joe\0x\0y"s, "\0\0joe\0x\0"s})
    CHECK(!popup::decode_submission(bad));
}
