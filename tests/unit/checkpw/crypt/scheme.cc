// SPDX-License-Identifier: ISC
#include "checkpw/crypt/scheme.h"

#include <string>

#include "checkpw/crypt/hash.h"
#include "tests/unit/unit.h"

using checkpw::parse_secret;
using checkpw::SecretKind;

namespace {

constexpr std::string_view kMd5 = "$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/";

struct Case {
  std::string_view field;
  SecretKind kind;
  std::string_view text;
};

}  // namespace

TEST(the_scheme_tells_the_kind_of_a_secret) {
  for (const Case& c : {
           Case{kMd5, SecretKind::Hash, kMd5},
           Case{"{CRYPT}$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/", SecretKind::Hash,
                kMd5},
           Case{"{md5-crypt}$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/",
                SecretKind::Hash, kMd5},
           Case{"abnqrLigH.z/s", SecretKind::Hash, "abnqrLigH.z/s"},
           Case{"{PLAIN}a b", SecretKind::Plain, "a b"},
           Case{"{cleartext}{PLAIN}", SecretKind::Plain, "{PLAIN}"},
           Case{"{PLAIN}!x", SecretKind::Plain, "!x"},
       }) {
    const auto secret = parse_secret(c.field);
    CHECK(secret.kind == c.kind);
    CHECK_EQUAL(secret.text, c.text);
  }
}

TEST(locked_and_empty_secrets_are_locked) {
  for (const char* field : {"", "!", "*", "!!", "*LK*", "{CRYPT}", "{CRYPT}!x",
                            "{PLAIN}", "{CLEAR}"})
    CHECK(parse_secret(field).kind == SecretKind::Locked);
}

TEST(unknown_schemes_and_malformed_hashes_are_invalid) {
  for (const char* field :
       {"x", "{", "{}", "{PLAIN", "{SSHA}abcdefghijklmnopqrst", "$1$", "$99$x",
        "{CRYPT}x", "{CRYPT}{PLAIN}secretsecret", "{PLAIN }x", ":secretsecret"})
    CHECK(parse_secret(field).kind == SecretKind::Invalid);
}

TEST(a_hash_is_recognized_by_prefix_and_length) {
  CHECK(checkpw::is_hash(kMd5));
  CHECK(!checkpw::is_hash(""));
  CHECK(!checkpw::is_hash("NP"));
  CHECK(!checkpw::is_hash(std::string_view("ab\0qrLigH.z/s", 13)));
  const std::string longest(checkpw::kHashSize + 1, 'a');
  CHECK(!checkpw::is_hash(longest));
}
