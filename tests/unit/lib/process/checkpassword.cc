// SPDX-License-Identifier: ISC
#include "lib/process/checkpassword.h"

#include <string>

#include "tests/unit/unit.h"

using lib::Credentials;
using lib::Mechanism;
using namespace std::string_view_literals;

namespace {

constexpr Credentials kJoe{.login = "joe",
                           .secret = " s e c r e t ",
                           .timestamp = "<1.2@host>",
                           .mechanism = Mechanism::Apop};

bool same(const Credentials& a, const Credentials& b) {
  return a.login == b.login && a.secret == b.secret &&
         a.timestamp == b.timestamp && a.mechanism == b.mechanism;
}

// Encodes a login and a secret into a record of so many bytes.
bool encodes(size_t record_size, lib::Secret& record) {
  const std::string secret(record_size - 3 - 3 - 5, 'x');
  return lib::encode_credentials({.login = "joe",
                                  .secret = secret,
                                  .timestamp = "",
                                  .mechanism = Mechanism::Pass},
                                 record);
}

}  // namespace

TEST(a_record_is_the_fields_each_ended_by_a_nul) {
  lib::Secret record;
  CHECK(lib::encode_credentials(kJoe, record));
  CHECK(record.view() == "joe\0 s e c r e t \0<1.2@host>\0APOP\0"sv);
  Credentials unnamed = kJoe;
  unnamed.mechanism = Mechanism::Unnamed;
  CHECK(lib::encode_credentials(unnamed, record));
  CHECK(record.view() == "joe\0 s e c r e t \0<1.2@host>\0"sv);
}

TEST(credentials_are_decoded_as_they_were_encoded) {
  lib::Secret record;
  for (const Mechanism mechanism :
       {Mechanism::Unnamed, Mechanism::Pass, Mechanism::Apop, Mechanism::Plain,
        Mechanism::Login, Mechanism::CramMd5}) {
    Credentials credentials = kJoe;
    credentials.mechanism = mechanism;
    CHECK(lib::encode_credentials(credentials, record));
    const auto decoded = lib::decode_credentials(record.view());
    CHECK(decoded && same(*decoded, credentials));
  }
}

TEST(a_record_may_have_512_bytes_not_513) {
  lib::Secret record;
  CHECK(encodes(512, record));
  CHECK_EQUAL(record.size(), 512U);
  CHECK(!encodes(513, record));
  CHECK(record.empty());
}

TEST(fields_with_a_nul_and_empty_logins_are_refused) {
  lib::Secret record;
  for (const auto& bad :
       {Credentials{.login = ""sv, .secret = "x"sv},
        Credentials{.login = "jo\0e"sv, .secret = "x"sv},
        Credentials{.login = "joe"sv, .secret = "x\0"sv},
        Credentials{.login = "joe"sv, .secret = "x"sv, .timestamp = "\0"sv}}) {
    record << "left over";
    CHECK(!lib::encode_credentials(bad, record));
    CHECK(record.empty());
  }
}

TEST(records_of_other_front_ends_are_decoded) {
  const auto no_timestamp = lib::decode_credentials("joe\0secret\0"sv);
  CHECK(no_timestamp && no_timestamp->timestamp.empty());
  CHECK(no_timestamp && no_timestamp->mechanism == Mechanism::Unnamed);
  const auto more = lib::decode_credentials("joe\0secret\0stamp\0Y1\0\0x"sv);
  CHECK(more && more->timestamp == "stamp");
  CHECK(more && more->mechanism == Mechanism::Unnamed);
  const auto empty = lib::decode_credentials("joe\0\0\0"sv);
  CHECK(empty && empty->secret.empty());
}

TEST(a_mechanism_needs_its_nul_and_its_exact_spelling) {
  for (const auto record : {"joe\0s\0t\0PASS"sv, "joe\0s\0t\0pass\0"sv,
                            "joe\0s\0t\0PASSX\0"sv, "joe\0s\0t\0-\0"sv}) {
    const auto decoded = lib::decode_credentials(record);
    CHECK(decoded && decoded->mechanism == Mechanism::Unnamed);
  }
}

TEST(malformed_records_are_refused) {
  for (const auto bad :
       {""sv, "joe"sv, "joe\0"sv, "joe\0secret"sv, "\0secret\0"sv, "\0\0\0"sv})
    CHECK(!lib::decode_credentials(bad));
}

TEST(mechanisms_have_one_name_each) {
  for (const auto name : {"PASS", "APOP", "PLAIN", "LOGIN", "CRAM-MD5"}) {
    const auto mechanism = lib::mechanism_from_name(name);
    CHECK(mechanism && lib::mechanism_name(*mechanism) == name);
  }
  CHECK(!lib::mechanism_from_name(""));
  CHECK(!lib::mechanism_from_name("-"));
}
