// SPDX-License-Identifier: ISC
#include "lib/crypto/sha512.h"

#include <string>

#include "lib/text/text.h"
#include "tests/unit/unit.h"

namespace {

std::string hex(const lib::Sha512Digest& digest) {
  std::string text;
  for (const uint8_t byte : digest) {
    text += lib::kHexDigits[byte >> 4U];
    text += lib::kHexDigits[byte & 15U];
  }
  return text;
}
std::string sha512_of(std::string_view text) {
  return hex(lib::sha512({&text, 1}));
}

struct Row {
  const char* text;
  const char* digest;
};
// The examples of FIPS 180, and the empty message.
constexpr Row kExamples[] = {
    {"",
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5"
     "d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
    {"abc",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a2"
     "74fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopj"
     "klmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
     "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4"
     "900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
};

}  // namespace

TEST(the_examples_of_fips_180_pass) {
  for (const Row& row : kExamples) CHECK_EQUAL(sha512_of(row.text), row.digest);
  CHECK_EQUAL(
      sha512_of(std::string(1'000'000, 'a')),
      "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244"
      "877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b");
}

// The digest of the digests of all these, by Python's hashlib.
TEST(messages_of_every_length_have_their_digest) {
  std::string all;
  for (size_t size = 0; size <= 300; ++size)
    all += sha512_of(std::string(size, 'a'));
  CHECK_EQUAL(
      sha512_of(all),
      "8ea2f26d94fb96382440574b0fb3993e7a8648d0496057837233e3bfd82c79934e21db9d"
      "1da8180e16c321a3308c0ce9104ca573c9f04ad352ec986779d9d00b");
}

// The sizes lie around the ends of a block and of the padding.
TEST(a_message_in_parts_has_the_digest_of_the_whole) {
  for (size_t size = 50; size <= 260; ++size) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 26);
    for (const size_t cut : {size_t{0}, size_t{1}, size / 2, size - 1, size}) {
      const std::string_view parts[] = {std::string_view(text).substr(0, cut),
                                        std::string_view(text).substr(cut)};
      CHECK_EQUAL(hex(lib::sha512(parts)), sha512_of(text));
    }
  }
}
