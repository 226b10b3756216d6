// SPDX-License-Identifier: ISC
#include "lib/crypto/sha1.h"

#include <string>

#include "lib/text/text.h"
#include "tests/unit/unit.h"

namespace {

std::string hex(const lib::Sha1Digest& digest) {
  std::string text;
  for (const uint8_t byte : digest) {
    text += lib::kHexDigits[byte >> 4U];
    text += lib::kHexDigits[byte & 15U];
  }
  return text;
}
std::string sha1_of(std::string_view text) {
  return hex(lib::sha1({&text, 1}));
}

struct Row {
  const char* text;
  const char* digest;
};
// The examples of FIPS 180, and the empty message.
constexpr Row kExamples[] = {
    {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
};

}  // namespace

TEST(the_examples_of_fips_180_pass) {
  for (const Row& row : kExamples) CHECK_EQUAL(sha1_of(row.text), row.digest);
  CHECK_EQUAL(sha1_of(std::string(1'000'000, 'a')),
              "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

// The digest of the digests of all these, by Python's hashlib.
TEST(messages_of_every_length_have_their_digest) {
  std::string all;
  for (size_t size = 0; size <= 300; ++size)
    all += sha1_of(std::string(size, 'a'));
  CHECK_EQUAL(sha1_of(all), "ccac162db0ad74941065aa31a9a5f389177f44a7");
}

// The sizes lie around the ends of a block and of the padding.
TEST(a_message_in_parts_has_the_digest_of_the_whole) {
  for (size_t size = 50; size <= 260; ++size) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 26);
    for (const size_t cut : {size_t{0}, size_t{1}, size / 2, size - 1, size}) {
      const std::string_view parts[] = {std::string_view(text).substr(0, cut),
                                        std::string_view(text).substr(cut)};
      CHECK_EQUAL(hex(lib::sha1(parts)), sha1_of(text));
    }
  }
}
