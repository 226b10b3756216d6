// SPDX-License-Identifier: ISC
#include "checkpw/crypt/scheme.h"

#include <string>

#include "checkpw/crypt/hash.h"
#include "tests/unit/unit.h"

using checkpw::DigestMethod;
using checkpw::may_hold_hash;
using checkpw::parse_secret;
using checkpw::SecretKind;
using checkpw::StoredSecret;

namespace {

constexpr std::string_view kMd5 = "$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/";

struct Case {
  std::string_view field;
  SecretKind kind;
  std::string_view text;
};

SecretKind kind_of(std::string_view field) {
  StoredSecret secret;
  parse_secret(field, secret);
  return secret.kind;
}

}  // namespace

TEST(the_scheme_tells_the_kind_of_a_secret) {
  for (const Case& c : {
           Case{kMd5, SecretKind::Hash, kMd5},
           Case{"{CRYPT}$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/", SecretKind::Hash,
                kMd5},
           Case{"{md5-crypt}$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/",
                SecretKind::Hash, kMd5},
           Case{"abnqrLigH.z/s", SecretKind::Hash, "abnqrLigH.z/s"},
           Case{"{CRYPT.b64}YWJucXJMaWdILnovcw==", SecretKind::Hash,
                "abnqrLigH.z/s"},
           Case{"{PLAIN}a b", SecretKind::Plain, "a b"},
           Case{"{cleartext}{PLAIN}", SecretKind::Plain, "{PLAIN}"},
           Case{"{PLAIN}!x", SecretKind::Plain, "!x"},
           Case{"{plain.B64}YTpi", SecretKind::Plain, "a:b"},
           Case{"{PLAIN.base64}IQ==", SecretKind::Plain, "!"},
           Case{"{PLAIN.Hex}613A62", SecretKind::Plain, "a:b"},
           Case{"{PLAIN-MD5}6162636465666768696A6b6c6d6e6f70",
                SecretKind::Digest, "abcdefghijklmnop"},
           Case{"{LDAP-MD5}YWJjZGVmZ2hpamtsbW5vcA==", SecretKind::Digest,
                "abcdefghijklmnop"},
           Case{"{MD5}YWJjZGVmZ2hpamtsbW5vcA==", SecretKind::Digest,
                "abcdefghijklmnop"},
           Case{"{SMD5}YWJjZGVmZ2hpamtsbW5vcHE=", SecretKind::Digest,
                "abcdefghijklmnopq"},
           Case{"{CRAM-MD5}"
                "61626364656667686162636465666768"
                "61626364656667686162636465666768",
                SecretKind::CramMd5, "abcdefghabcdefghabcdefghabcdefgh"},
       }) {
    StoredSecret secret;
    parse_secret(c.field, secret);
    CHECK(secret.kind == c.kind);
    CHECK_EQUAL(secret.text.view(), c.text);
    CHECK(c.kind != SecretKind::Hash || may_hold_hash(c.field));
  }
}

TEST(a_secret_without_a_hash_is_known_by_its_scheme) {
  for (const char* field : {"{", "{}", "{PLAIN", "{PLAIN}x", "{ssha.hex}ab",
                            "{CRAM-MD5}ab", "{ARGON2}x", "{CRYPTO}x", "{.}x"})
    CHECK(!may_hold_hash(field));
  for (const char* field :
       {"", "x", "x{SHA}", "{CRYPT}", "{crypt.hex}ab", "{MD5}ab", "{MD5.b64"})
    CHECK(may_hold_hash(field));
}

TEST(the_scheme_tells_the_method_of_a_digest) {
  struct Row {
    std::string_view scheme;
    DigestMethod method;
    size_t size;
  };
  for (const auto& [scheme, method, size] :
       {Row{"PLAIN-MD5", DigestMethod::Md5, 16},
        {"ldap-md5", DigestMethod::Md5, 16},
        {"SHA", DigestMethod::Sha1, 20},
        {"SHA1", DigestMethod::Sha1, 20},
        {"SHA256", DigestMethod::Sha256, 32},
        {"SHA512", DigestMethod::Sha512, 64}}) {
    for (const size_t length : {size - 1, size, size + 1}) {
      StoredSecret secret;
      parse_secret(
          '{' + std::string(scheme) + ".hex}" + std::string(2 * length, '7'),
          secret);
      CHECK((secret.kind == SecretKind::Digest) == (length == size));
      CHECK(secret.digest == method);
    }
  }
}

TEST(a_salt_has_1_to_64_bytes) {
  for (const size_t salt : {0U, 1U, 8U, 64U, 65U, 400U, 460U, 2000U})
    CHECK((kind_of("{SSHA512.hex}" + std::string(2 * (64 + salt), 'a')) ==
           SecretKind::Digest) == (salt >= 1 && salt <= 64));
}

TEST(locked_and_empty_secrets_are_locked) {
  for (const char* field :
       {"", "!", "*", "!!", "*LK*", "{CRYPT}", "{CRYPT}!x", "{PLAIN}",
        "{CLEAR}", "{PLAIN.b64}", "{SSHA}", "{SSHA.hex}!x", "{SHA}*",
        "{CRAM-MD5}!", "{MD5}", "!{SHA}x"}) {
    StoredSecret secret;
    parse_secret(field, secret);
    CHECK(secret.kind == SecretKind::Locked);
    CHECK(secret.text.empty());
  }
}

TEST(unknown_schemes_and_malformed_secrets_are_invalid) {
  for (const char* field : {"x",
                            "{",
                            "{}",
                            "{.}x",
                            "{.b64}eA==",
                            "{PLAIN",
                            "{SSHA}abcdefghijklmnopqrst",
                            "$1$",
                            "$99$x",
                            "{CRYPT}x",
                            "{CRYPT}{PLAIN}secretsecret",
                            "{PLAIN }x",
                            ":secretsecret",
                            "{PLAIN.}x",
                            "{PLAIN.b32}x",
                            "{PLAIN.b64.b64}eA==",
                            "{PLAIN.b64}eA",
                            "{PLAIN.b64}eAB=",
                            "{PLAIN.b64}YQBi",
                            "{PLAIN.hex}6",
                            "{PLAIN.hex}6g",
                            "{CRYPT.hex}61",
                            "{MD5}abnqrLigH.z/s",
                            "{ARGON2ID}$argon2id$v=19$x",
                            "{PBKDF2}",
                            "{MD5}c8dae1c50e092f3d877192fc555b1dc",
                            "{MD5.hex}c8dae1c50e092f3d877192fc555b1dcf"})
    CHECK(kind_of(field) == SecretKind::Invalid);
  CHECK(kind_of("{PLAIN}" + std::string(513, 'x')) == SecretKind::Invalid);
  CHECK(kind_of("{PLAIN.hex}" + std::string(1026, '7')) == SecretKind::Invalid);
}

TEST(only_a_scheme_of_the_table_is_named) {
  struct Row {
    std::string_view field, scheme;
  };
  for (const auto& [field, name] : {Row{"{argon2id}x", "ARGON2ID"},
                                    {"{Pbkdf2.b64}x", "PBKDF2"},
                                    {"{ssha.x}x", "SSHA"},
                                    {"{mine}x", ""},
                                    {"{SSHA", ""},
                                    {"$99$x", ""}}) {
    StoredSecret secret;
    parse_secret(field, secret);
    const char* scheme = secret.scheme != nullptr ? secret.scheme : "";
    CHECK_EQUAL(std::string_view(scheme), name);
    CHECK(secret.kind == SecretKind::Invalid);
  }
}

TEST(a_hash_is_recognized_by_prefix_and_length) {
  CHECK(checkpw::is_hash(kMd5));
  CHECK(!checkpw::is_hash(""));
  CHECK(!checkpw::is_hash("NP"));
  CHECK(!checkpw::is_hash(std::string_view("ab\0qrLigH.z/s", 13)));
  const std::string longest(checkpw::kHashSize + 1, 'a');
  CHECK(!checkpw::is_hash(longest));
}
