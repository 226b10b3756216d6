// SPDX-License-Identifier: ISC

#include "checkpw/login/verify.h"

#include <string>

#include "lib/crypto/md5.h"
#include "tests/unit/unit.h"

using checkpw::Account;
using checkpw::Cause;
using checkpw::Lookup;
using checkpw::reason_barred;
using checkpw::SecretKind;

namespace {

constexpr std::string_view kMd5 = "$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/";

void make_open(Account& account) {
  account.kind = SecretKind::Plain;
  account.stored << "sesame";
  account.uid = 70001;
  account.gid = 70001;
}

// A found account with this hash, which nothing bars.
void make_hashed(Lookup& lookup, std::string_view hash) {
  make_open(lookup.account);
  lookup.found = true;
  lookup.account.kind = SecretKind::Hash;
  lookup.account.stored.clear();
  lookup.account.stored << hash;
}

// The cause of the refusal, or nullopt if the login is accepted.
std::optional<Cause> try_login(Lookup& lookup, const char* secret) {
  const lib::Log log("unit");
  checkpw::Cache no_cache({}, log);
  const auto answer = checkpw::verify(
      {.login = "joe", .secret = secret, .mechanism = lib::Mechanism::Pass},
      lookup, {}, no_cache);
  CHECK(answer.ok());
  return answer.value().refusal;
}

}  // namespace

TEST(causes_have_the_names_of_the_log) {
  CHECK_EQUAL(cause_name(Cause::Unknown), "unknown");
  CHECK_EQUAL(cause_name(Cause::Password), "password");
  CHECK_EQUAL(cause_name(Cause::Locked), "locked");
  CHECK_EQUAL(cause_name(Cause::Expired), "expired");
  CHECK_EQUAL(cause_name(Cause::Root), "root");
  CHECK_EQUAL(cause_name(Cause::Net), "net");
  CHECK_EQUAL(cause_name(Cause::NoLogin), "nologin");
}

TEST(root_is_the_first_reason_with_any_least_uid) {
  Account account;
  make_open(account);
  CHECK(!reason_barred(account, {}));
  account.uid = 0;
  account.expired = true;
  CHECK(reason_barred(account, {.least_uid = 0}) == Cause::Root);
  account.uid = 99;
  CHECK(reason_barred(account, {.least_uid = 100}) == Cause::Root);
  CHECK(reason_barred(account, {.least_uid = 99}) == Cause::Expired);
}

TEST(the_group_of_root_is_barred_like_root) {
  Account account;
  make_open(account);
  account.gid = 0;
  account.expired = true;
  CHECK(reason_barred(account, {}) == Cause::Root);
  account.gid = 1;
  CHECK(reason_barred(account, {}) == Cause::Expired);
}

TEST(a_lock_and_ids_of_the_system_account_bar) {
  Account account;
  make_open(account);
  account.system_uid = account.system_gid = 70002;
  CHECK(!reason_barred(account, {.least_uid = 70001}));
  account.locked = true;
  CHECK(reason_barred(account, {}) == Cause::Locked);
  CHECK(reason_barred(account, {.least_uid = 70003}) == Cause::Root);
  account.system_gid = 0;
  CHECK(reason_barred(account, {}) == Cause::Root);
}

TEST(clients_outside_the_allowed_networks_are_barred) {
  Account account;
  make_open(account);
  account.limited_nets = true;
  CHECK(reason_barred(account, {.client = lib::parse_address("::1")}) ==
        Cause::Net);
  account.allow_nets = "192.0.2.0/24,::1";
  CHECK(reason_barred(account, {}) == Cause::Net);
  CHECK(!reason_barred(account, {.client = lib::parse_address("::1")}));
  CHECK(!reason_barred(account, {.client = lib::parse_address("192.0.2.9")}));
  account.allow_nets = "192.0.2.0/24,local";
  CHECK(!reason_barred(account, {.local = true}));
  CHECK(reason_barred(account, {}) ==
        Cause::Net);  // a client that is not known
  CHECK(!reason_barred(account, {.client = lib::parse_address("192.0.2.9")}));
  CHECK(reason_barred(account, {.client = lib::parse_address("127.0.0.1")}) ==
        Cause::Net);
  account.allow_nets = "192.0.2.0/24,::1";
  CHECK(reason_barred(account, {.client = lib::parse_address("192.0.3.9")}) ==
        Cause::Net);
}

TEST(only_a_found_account_with_the_right_secret_is_accepted) {
  Lookup lookup;
  make_open(lookup.account);
  CHECK(try_login(lookup, "sesame") == Cause::Unknown);
  lookup.found = true;
  CHECK(!try_login(lookup, "sesame"));
  CHECK(try_login(lookup, "sesamo") == Cause::Password);
  lookup.account.kind = SecretKind::Locked;
  CHECK(try_login(lookup, "sesame") == Cause::Locked);
}

TEST(an_invalid_secret_is_an_error_not_a_refusal) {
  Lookup lookup;
  make_open(lookup.account);
  lookup.found = true;
  lookup.account.kind = SecretKind::Invalid;
  const lib::Log log("unit");
  checkpw::Cache no_cache({}, log);
  CHECK(!checkpw::verify({.login = "joe",
                          .secret = "sesame",
                          .mechanism = lib::Mechanism::Pass},
                         lookup, {}, no_cache)
             .ok());
}

TEST(a_hash_of_the_empty_password_is_never_accepted) {
  Lookup lookup;
  make_hashed(lookup, kMd5);
  CHECK(!try_login(lookup, "sesame"));
  checkpw::HashText hash;
  CHECK(checkpw::make_hash("", kMd5, hash).ok());
  make_hashed(lookup, hash.view());
  CHECK(try_login(lookup, "") == Cause::Password);
}

TEST(a_digest_takes_the_password_only) {
  for (const auto method :
       {checkpw::DigestMethod::Md5, checkpw::DigestMethod::Sha1,
        checkpw::DigestMethod::Sha256, checkpw::DigestMethod::Sha512}) {
    Lookup lookup;
    make_hashed(lookup, "");
    lookup.account.kind = SecretKind::Digest;
    lookup.account.digest = method;
    checkpw::append_digest(method, "sesame", "salt", lookup.account.stored);
    CHECK(!try_login(lookup, "sesame"));
    CHECK(try_login(lookup, "sesamo") == Cause::Password);
    CHECK(try_login(lookup, "") == Cause::Password);
    lookup.account.stored.clear();
    checkpw::append_digest(method, "", "salt", lookup.account.stored);
    CHECK(try_login(lookup, "") == Cause::Password);
    lookup.account.stored.clear();
    CHECK(try_login(lookup, "sesame") == Cause::Password);
  }
}

TEST(a_cram_md5_key_takes_no_empty_password) {
  for (const std::string_view password : {"sesame", ""}) {
    const lib::HmacMd5Key key = lib::hmac_md5_key(password);
    Lookup lookup;
    make_hashed(lookup,
                {reinterpret_cast<const char*>(key.data()), key.size()});
    lookup.account.kind = SecretKind::CramMd5;
    CHECK(try_login(lookup, "sesame").has_value() == password.empty());
    CHECK(try_login(lookup, "") == Cause::Password);
    const auto digest = lib::to_hex(lib::hmac_md5(password, "<1@a>"));
    const std::string proof(digest.data(), digest.size());
    for (const auto mechanism :
         {lib::Mechanism::CramMd5, lib::Mechanism::Apop}) {
      const lib::Log log("unit");
      checkpw::Cache no_cache({}, log);
      const auto answer = checkpw::verify({.login = "joe",
                                           .secret = proof.c_str(),
                                           .timestamp = "<1@a>",
                                           .mechanism = mechanism},
                                          lookup, {}, no_cache);
      CHECK(answer.ok());
      CHECK(answer.value().refusal.has_value() ==
            (password.empty() || mechanism == lib::Mechanism::Apop));
    }
  }
}

TEST(a_refusal_computes_a_hash_whose_error_is_reported) {
  // The error shows that the account's damaged hash was computed.
  Lookup lookup;
  make_hashed(lookup, "$2b$99$abcdefghijklmnopqrstuuKcS.CYWVYVaLii");
  lookup.account.expired = true;
  const lib::Log log("unit");
  checkpw::Cache no_cache({}, log);
  const auto answer = checkpw::verify(
      {.login = "joe", .secret = "x", .mechanism = lib::Mechanism::Apop},
      lookup, {}, no_cache);
  CHECK(!answer.ok());
}

TEST(an_account_by_name_of_root_is_root) {
  Lookup lookup;
  make_open(lookup.account);
  lookup.found = true;
  lookup.account.uid.reset();
  lookup.account.uid_name = "root";
  CHECK(try_login(lookup, "sesame") == Cause::Root);
  CHECK(try_login(lookup, "wrong") == Cause::Root);  // ids are now looked up
}

TEST(an_account_in_the_group_named_root_is_root) {
  Lookup lookup;
  make_open(lookup.account);
  lookup.found = true;
  lookup.account.gid.reset();
  lookup.account.gid_name = "root";
  CHECK(try_login(lookup, "sesame") == Cause::Root);
}
