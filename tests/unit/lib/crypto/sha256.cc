// SPDX-License-Identifier: ISC
#include "lib/crypto/sha256.h"

#include <string>

#include "lib/text/text.h"
#include "tests/unit/unit.h"

namespace {

std::string hex(const lib::Sha256Digest& digest) {
  std::string text;
  for (const uint8_t byte : digest) {
    text += lib::kHexDigits[byte >> 4U];
    text += lib::kHexDigits[byte & 15U];
  }
  return text;
}
std::string sha256_of(std::string_view text) {
  return hex(lib::sha256({&text, 1}));
}
std::string hmac_of(std::string_view key, std::string_view text) {
  return hex(lib::hmac_sha256(key, {&text, 1}));
}

struct Row {
  const char* text;
  const char* digest;
};
// FIPS 180-2 appendix B, and the digest of nothing.
constexpr Row kFips180[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

// RFC 4231 section 4; the fifth case is of a truncated digest.
struct HmacRow {
  std::string key;
  std::string text;
  const char* digest;
};
std::string counted_key() {
  std::string key;
  for (char c = 1; c <= 25; ++c) key += c;
  return key;
}
const HmacRow kRfc4231[] = {
    {std::string(20, '\x0b'), "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"Jefe", "what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {std::string(20, '\xaa'), std::string(50, '\xdd'),
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {counted_key(), std::string(50, '\xcd'),
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {std::string(131, '\xaa'),
     "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {std::string(131, '\xaa'),
     "This is a test using a larger than block-size key and a larger than "
     "block-size data. The key needs to be hashed before being used by the "
     "HMAC algorithm.",
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

}  // namespace

TEST(the_examples_of_fips_180_pass) {
  for (const Row& row : kFips180) CHECK_EQUAL(sha256_of(row.text), row.digest);
  CHECK_EQUAL(
      sha256_of(std::string(1'000'000, 'a')),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(the_test_cases_of_rfc_4231_pass) {
  for (const HmacRow& row : kRfc4231)
    CHECK_EQUAL(hmac_of(row.key, row.text), row.digest);
}

// The sizes lie around the ends of a block and of the padding.
TEST(a_message_in_parts_has_the_digest_of_the_whole) {
  for (size_t size = 50; size <= 130; ++size) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 26);
    for (const size_t cut : {size_t{0}, size_t{1}, size / 2, size - 1, size}) {
      const std::string_view parts[] = {std::string_view(text).substr(0, cut),
                                        std::string_view(text).substr(cut)};
      CHECK_EQUAL(hex(lib::sha256(parts)), sha256_of(text));
      CHECK_EQUAL(hex(lib::hmac_sha256("Jefe", parts)), hmac_of("Jefe", text));
    }
  }
}
