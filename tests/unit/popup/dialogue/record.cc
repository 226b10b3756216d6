// SPDX-License-Identifier: ISC
#include "popup/dialogue/record.h"

#include <algorithm>
#include <string>

#include "tests/unit/unit.h"

using popup::RecordKind;
using popup::RecordReader;
using popup::RecordText;
using namespace std::string_literals;

namespace {

void feed(RecordReader& reader, std::string_view text) {
  std::ranges::copy(text, reader.free_space().begin());
  reader.added(text.size());
}

}  // namespace

TEST(a_submission_is_decoded_as_it_was_encoded) {
  RecordText text;
  CHECK(popup::encode_submission(
      {.mechanism = lib::Mechanism::Apop,
       .login = "joe",
       .secret = "x y",
       .tally = {.bad_commands = 7, .lines = 100, .octets = 65536}},
      text));
  RecordReader reader;
  feed(reader, text.view());
  const auto record = reader.next();
  CHECK(record && record->kind == RecordKind::Credentials);
  const auto submission = popup::decode_submission(record->payload);
  CHECK(submission && submission->login == "joe" &&
        submission->secret == "x y" && submission->tally.octets == 65536 &&
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

TEST(malformed_records_end_the_stream) {
  for (const std::string& bad :
       {"Z\0\0"s, "C\2\x59"s, "T\xff\xff"s, "\0\0\0"s, "x"s}) {
    RecordReader reader;
    feed(reader, bad);
    CHECK(!reader.next());
    CHECK(reader.broken());
  }
  RecordText text;
  CHECK(!popup::encode_record(RecordKind::Trace, std::string(601, 'x'), text));
  CHECK(popup::encode_record(RecordKind::Trace, std::string(600, 'x'), text));
}

TEST(a_proxied_client_is_decoded_as_it_was_encoded) {
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

TEST(malformed_proxied_clients_are_refused) {
  const std::string good = "\2" + std::string(36, 'x');
  CHECK(popup::decode_proxied(good + "TLSv1.2"));
  for (const std::string& bad :
       {""s, good.substr(0, 36), "\4" + good.substr(1), "\xff" + good.substr(1),
        good + "TLS 1", good + "\n", good + "x\0"s,
        good + std::string(17, 'x')})
    CHECK(!popup::decode_proxied(bad));
}

TEST(a_tally_is_decoded_only_within_its_limits) {
  RecordText text;
  const auto comes_back = [&](const popup::Tally& tally) {
    CHECK(popup::encode_start_tls(tally, text));
    const auto got =
        popup::decode_start_tls(text.view().substr(popup::kRecordHeader));
    return got && got->bad_commands == tally.bad_commands &&
           got->lines == tally.lines && got->octets == tally.octets;
  };
  CHECK(comes_back({}));
  CHECK(comes_back({.bad_commands = 20, .lines = 100, .octets = 65536}));
  CHECK(!comes_back({.bad_commands = 21}));
  CHECK(!comes_back({.lines = 101}));
  CHECK(!comes_back({.octets = 65537}));
  CHECK(!popup::decode_start_tls("") && !popup::decode_start_tls("xxxxx") &&
        !popup::decode_start_tls("\0\0\0\0\0\0x"s));
}

TEST(a_close_has_one_reason) {
  RecordText text;
  for (const auto reason :
       {popup::CloseReason::BadCommands, popup::CloseReason::Lines,
        popup::CloseReason::Octets, popup::CloseReason::TlsHello}) {
    CHECK(popup::encode_close(reason, text));
    CHECK(popup::decode_close(text.view().substr(popup::kRecordHeader)) ==
          reason);
  }
  for (const auto& bad : {""s, "x"s, "bb"s, "\0"s})
    CHECK(!popup::decode_close(bad));
}

TEST(malformed_submissions_are_refused) {
  const std::string tally(6, '\0');
  CHECK(popup::decode_submission(tally + "PASS\0joe\0x\0"s));
  CHECK(!popup::decode_submission(tally.substr(1) + "PASS\0joe\0x\0"s));
  CHECK(
      !popup::decode_submission("\xff" + tally.substr(1) + "PASS\0joe\0x\0"s));
  for (const std::string& bad :
       {""s, "\0"s, "PASS\0joe\0x"s, "PASS\0joe\0"s, "PASS\0\0x\0"s,
        "PASS\0joe\0\0"s, "NONE\0joe\0x\0"s, "-\0joe\0x\0"s,
        "PASS\0joe\0x\0y\0"s, "PASS\0joe\0x\0y"s, "\0joe\0x\0"s})
    CHECK(!popup::decode_submission(tally + bad));
}

TEST(a_malformed_try_has_only_a_mechanism) {
  RecordText text;
  CHECK(popup::encode_submission({.mechanism = lib::Mechanism::CramMd5}, text));
  const auto payload = text.view().substr(popup::kRecordHeader);
  const auto submission = popup::decode_submission(payload);
  CHECK(submission && submission->is_malformed() &&
        submission->mechanism == lib::Mechanism::CramMd5);
}
