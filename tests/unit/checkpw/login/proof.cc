// SPDX-License-Identifier: ISC
#include "checkpw/login/proof.h"

#include "tests/unit/unit.h"

using checkpw::proves_plain;
using lib::Credentials;
using lib::Mechanism;

namespace {

// RFC 1939 section 7
constexpr Credentials kApop{.login = "mrose",
                            .secret = "c4c9334bac560ecc979e58001b3e22fb",
                            .timestamp = "<1896.697170952@dbc.mtview.ca.us>",
                            .mechanism = Mechanism::Apop};
// RFC 2195 section 2
constexpr Credentials kCram{
    .login = "tim",
    .secret = "b913a602c7eda7a495b4e6e7334d3890",
    .timestamp = "<1896.697170952@postoffice.reston.mci.net>",
    .mechanism = Mechanism::CramMd5};

Credentials as(Credentials credentials, Mechanism mechanism) {
  credentials.mechanism = mechanism;
  return credentials;
}

}  // namespace

TEST(the_examples_of_the_rfcs_are_accepted) {
  CHECK(proves_plain(kApop, "tanstaaf"));
  CHECK(proves_plain(kCram, "tanstaaftanstaaf"));
  CHECK(!proves_plain(kApop, "tanstaaftanstaaf"));
  CHECK(!proves_plain(kCram, "tanstaaf"));
}

TEST(a_named_mechanism_accepts_only_its_own_proof) {
  const Credentials password{.login = "a", .secret = "x", .timestamp = "<1@a>"};
  for (const auto mechanism : {Mechanism::Pass, Mechanism::Plain,
                               Mechanism::Login, Mechanism::Unnamed})
    CHECK(proves_plain(as(password, mechanism), "x"));
  for (const auto mechanism : {Mechanism::Apop, Mechanism::CramMd5})
    CHECK(!proves_plain(as(password, mechanism), "x"));
  for (const auto mechanism : {Mechanism::Pass, Mechanism::Plain,
                               Mechanism::Login, Mechanism::CramMd5})
    CHECK(!proves_plain(as(kApop, mechanism), "tanstaaf"));
  CHECK(proves_plain(as(kApop, Mechanism::Unnamed), "tanstaaf"));
  CHECK(!proves_plain(as(kCram, Mechanism::Unnamed), "tanstaaftanstaaf"));
}

TEST(empty_secrets_and_timestamps_prove_nothing) {
  for (const auto mechanism :
       {Mechanism::Unnamed, Mechanism::Pass, Mechanism::Plain, Mechanism::Login,
        Mechanism::Apop, Mechanism::CramMd5}) {
    CHECK(!proves_plain({.mechanism = mechanism}, ""));
    CHECK(!proves_plain({.mechanism = mechanism}, "x"));
    CHECK(!proves_plain({.secret = "x", .mechanism = mechanism}, ""));
  }
  // The MD5 of nothing; then a digest without a timestamp.
  CHECK(!proves_plain({.secret = "d41d8cd98f00b204e9800998ecf8427e",
                       .mechanism = Mechanism::Apop},
                      ""));
  Credentials bare = kApop;
  bare.timestamp = "";
  CHECK(!proves_plain(bare, "tanstaaf"));
}

TEST(hashed_accounts_accept_only_passwords) {
  CHECK(checkpw::allows_password(Mechanism::Unnamed));
  CHECK(checkpw::allows_password(Mechanism::Login));
  CHECK(!checkpw::allows_password(Mechanism::Apop));
  CHECK(!checkpw::allows_password(Mechanism::CramMd5));
}
