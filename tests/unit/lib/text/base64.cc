// SPDX-License-Identifier: ISC
#include "lib/text/base64.h"

#include <array>
#include <string>

#include "tests/unit/unit.h"

namespace {

std::string encoded(std::string_view bytes, size_t room = 100) {
  std::array<char, 100> buffer;
  const auto size = lib::encode_base64(bytes, std::span(buffer).first(room));
  return size ? std::string(buffer.data(), *size) : "none";
}

std::string decoded(std::string_view text, size_t room = 100) {
  std::array<char, 100> buffer;
  const auto size = lib::decode_base64(text, std::span(buffer).first(room));
  return size ? std::string(buffer.data(), *size) : "none";
}

struct Row {
  std::string_view bytes;
  std::string_view text;
};
// RFC 4648 section 10, and bytes encoded as + and /.
constexpr Row kVectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xef\xff", "++//"},
    {"\xff\xff\xff", "////"},
    {{"\0joe\0secret", 11}, "AGpvZQBzZWNyZXQ="},
};

}  // namespace

TEST(the_vectors_of_rfc_4648_encode_and_decode) {
  for (const Row& row : kVectors) {
    CHECK_EQUAL(encoded(row.bytes), row.text);
    CHECK_EQUAL(decoded(row.text), row.bytes);
  }
}

TEST(every_byte_survives) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string bytes(static_cast<size_t>(byte % 5) + 1,
                            static_cast<char>(byte));
    CHECK_EQUAL(decoded(encoded(bytes)), bytes);
  }
}

TEST(text_outside_strict_base64_is_refused) {
  for (const char* bad :
       {"Z",    "Zg",   "Zg=",      "Zg===",  "=",     "==",     "====",
        "=Zg=", "Z===", "Zg==Zg==", "Zm9v\n", "Zm 9v", "Zm9v ",  " Zm9v",
        "Zm-_", "Zm9*", "Zm=v",     "Zh==",   "Zm9=",  "Zm9\x80"})
    CHECK_EQUAL(decoded(bad), "none");
  CHECK_EQUAL(decoded(std::string_view("Zm9\0", 4)), "none");
}

TEST(nothing_is_written_beyond_the_buffer) {
  CHECK_EQUAL(decoded("Zm9vYmFy", 6), "foobar");
  CHECK_EQUAL(decoded("Zm9vYmFy", 5), "none");
  CHECK_EQUAL(decoded("Zg==", 1), "f");
  CHECK_EQUAL(decoded("Zg==", 0), "none");
  CHECK_EQUAL(encoded("foo", 4), "Zm9v");
  CHECK_EQUAL(encoded("foo", 3), "none");
  CHECK_EQUAL(encoded("f", 3), "none");
}
