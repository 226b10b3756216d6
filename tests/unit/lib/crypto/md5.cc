// SPDX-License-Identifier: ISC
#include "lib/crypto/md5.h"

#include <string>

#include "lib/text/text.h"
#include "tests/unit/unit.h"

namespace {

std::string hex(const lib::Md5Digest& digest) {
  const auto text = lib::to_hex(digest);
  return {text.data(), text.size()};
}
std::string md5_of(std::string_view text) {
  return hex(lib::md5({&text, 1}));
}

struct Row {
  const char* text;
  const char* digest;
};
// RFC 1321 appendix A.5.
constexpr Row kRfc1321[] = {
    {"", "d41d8cd98f00b204e9800998ecf8427e"},
    {"a", "0cc175b9c0f1b6a831c399e269772661"},
    {"abc", "900150983cd24fb0d6963f7d28e17f72"},
    {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
    {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
    {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
     "d174ab98d277d9f5a5611c2c9f419d9f"},
    {"1234567890123456789012345678901234567890123456789012345678901234567890"
     "1234567890",
     "57edf4a22be3c955ac49da2e2107b67a"},
};

}  // namespace

TEST(the_test_suite_of_rfc_1321_passes) {
  for (const Row& row : kRfc1321) CHECK_EQUAL(md5_of(row.text), row.digest);
}

TEST(the_apop_example_of_rfc_1939_passes) {
  const std::string_view parts[] = {"<1896.697170952@dbc.mtview.ca.us>",
                                    "tanstaaf"};
  CHECK_EQUAL(hex(lib::md5(parts)), "c4c9334bac560ecc979e58001b3e22fb");
}

TEST(the_vectors_of_rfc_2104_pass) {
  CHECK_EQUAL(hex(lib::hmac_md5(std::string(16, '\x0b'), "Hi There")),
              "9294727a3638bb1c13f48ef8158bfc9d");
  CHECK_EQUAL(hex(lib::hmac_md5("Jefe", "what do ya want for nothing?")),
              "750c783e6ab0b503eaa86e310a5db738");
  CHECK_EQUAL(
      hex(lib::hmac_md5(std::string(16, '\xaa'), std::string(50, '\xdd'))),
      "56be34521d144c88dbb8c733f0e8b3f6");
}

// RFC 2202 test cases 6 and 7: keys longer than a block are hashed first.
TEST(keys_longer_than_a_block_are_hashed) {
  const std::string key(80, '\xaa');
  CHECK_EQUAL(
      hex(lib::hmac_md5(key,
                        "Test Using Larger Than Block-Size Key - Hash Key "
                        "First")),
      "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
  CHECK_EQUAL(
      hex(lib::hmac_md5(key,
                        "Test Using Larger Than Block-Size Key and Larger "
                        "Than One Block-Size Data")),
      "6f630fad67cda0ee1fb1f562db3aa53e");
}

TEST(the_cram_md5_example_of_rfc_2195_passes) {
  CHECK_EQUAL(hex(lib::hmac_md5("tanstaaftanstaaf",
                                "<1896.697170952@postoffice.reston.mci.net>")),
              "b913a602c7eda7a495b4e6e7334d3890");
}

// What doveadm pw -s CRAM-MD5 prints for "sesame".
TEST(a_key_can_be_stored_as_the_states_after_it) {
  lib::HmacMd5Key key = lib::hmac_md5_key("sesame");
  std::string text;
  for (const uint8_t byte : key) {
    text += lib::kHexDigits[byte >> 4U];
    text += lib::kHexDigits[byte & 15U];
  }
  CHECK_EQUAL(text,
              "c06486eb23448c26ecccb57ea835cb2b"
              "ece48cb9aaeb56d997ef9fc87fc5a563");
  CHECK_EQUAL(hex(lib::hmac_md5(key, "<1@a>")),
              hex(lib::hmac_md5("sesame", "<1@a>")));
}

// The sizes lie around the ends of a block and of the padding.
TEST(a_message_in_parts_has_the_digest_of_the_whole) {
  for (size_t size = 50; size <= 130; ++size) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 26);
    for (const size_t cut : {size_t{0}, size_t{1}, size / 2, size - 1, size}) {
      const std::string_view parts[] = {std::string_view(text).substr(0, cut),
                                        std::string_view(text).substr(cut)};
      CHECK_EQUAL(hex(lib::md5(parts)), md5_of(text));
    }
  }
  CHECK_EQUAL(md5_of(std::string(1'000'000, 'a')),
              "7707d6ae4e027c70eea2a935c2296f21");
}
