// SPDX-License-Identifier: ISC
#include "lib/text/byte_search.h"

#include <string>

#include "tests/unit/unit.h"

using namespace std::literals;

TEST(the_first_of_a_byte_is_found_at_every_place) {
  for (size_t size = 0; size < 40; ++size) {
    const std::string text(size, 'x');
    CHECK_EQUAL(lib::find_byte(text, ':'), std::string_view::npos);
    for (size_t at = 0; at < size; ++at)
      for (const char wanted : {':', '\0', '\xff'}) {
        std::string with = text;
        with[at] = wanted;
        with.back() = wanted;
        CHECK_EQUAL(lib::find_byte(with, wanted), at);
      }
  }
}

TEST(either_byte_is_found_at_every_place) {
  for (size_t at = 0; at < 40; ++at) {
    std::string text(40, 'x');
    CHECK(!lib::has_either(text, '/', '\0'));
    text[at] = '/';
    CHECK(lib::has_either(text, '/', '\0'));
    text[at] = '\0';
    CHECK(lib::has_either(text, '/', '\0'));
  }
  CHECK(!lib::has_either("", '/', '\0'));
}

TEST(a_byte_out_of_bounds_is_found_at_every_place) {
  CHECK(lib::all_between("", '!', '~'));
  for (size_t at = 0; at < 40; ++at)
    for (int byte = 0; byte < 256; ++byte) {
      std::string text(40, '!');
      text[at] = static_cast<char>(byte);
      CHECK_EQUAL(lib::all_between(text, '!', '~'), byte >= '!' && byte <= '~');
    }
}

TEST(texts_are_compared_by_their_bytes) {
  for (size_t size = 0; size < 40; ++size) {
    const std::string text(size, 'x');
    CHECK(lib::are_equal(text, text));
    CHECK_EQUAL(lib::compare_bytes(text, text), 0);
    CHECK(!lib::are_equal(text, text + "x"));
    CHECK(lib::compare_bytes(text, text + '\0') < 0);
    CHECK(lib::compare_bytes(text + '\0', text) > 0);
    for (size_t at = 0; at < size; ++at)
      for (const char c : {'\0', 'w', 'y', '\x80', '\xff'}) {
        std::string other = text;
        other[at] = c;
        other.back() = c;  // only the first difference counts
        CHECK(!lib::are_equal(text, other));
        CHECK_EQUAL(lib::compare_bytes(text, other) < 0,
                    text.compare(other) < 0);
        CHECK_EQUAL(lib::compare_bytes(other, text) < 0,
                    other.compare(text) < 0);
      }
  }
}

TEST(the_first_of_two_differences_decides) {
  CHECK(lib::compare_bytes("aXbbbbbYbbbbbbbb", "aYbbbbbXbbbbbbbb") < 0);
  CHECK(lib::compare_bytes("aYbbbbbXbbbbbbbb", "aXbbbbbYbbbbbbbb") > 0);
}
