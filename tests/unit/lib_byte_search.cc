// SPDX-License-Identifier: ISC
#include <string>

#include "lib/byte_search.h"
#include "tests/unit/unit.h"

using namespace std::literals;

TEST(a_byte_is_found_at_every_place_of_texts_of_every_length) {
  for (size_t size = 0; size < 70; ++size) {
    const std::string text(size, 'x');
    CHECK_EQUAL(lib::find_byte(text, ':'), std::string_view::npos);
    for (size_t at = 0; at < size; ++at) {
      std::string with = text;
      with[at] = ':';
      with.back() = ':';  // only the first counts
      CHECK_EQUAL(lib::find_byte(with, ':'), at);
    }
  }
}

TEST(bytes_beyond_ascii_and_nul_are_found) {
  CHECK_EQUAL(lib::find_byte("0123456789abcdefg\xff"sv, '\xff'), size_t{17});
  CHECK_EQUAL(lib::find_byte("0123456789abcdefg\0h"sv, '\0'), size_t{17});
}

TEST(one_or_the_other_is_seen_at_every_place) {
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

TEST(a_byte_outside_the_bounds_is_seen_at_every_place) {
  CHECK(lib::all_between("", '!', '~'));
  for (size_t at = 0; at < 40; ++at)
    for (int byte = 0; byte < 256; ++byte) {
      std::string text(40, '!');
      text[at] = static_cast<char>(byte);
      CHECK_EQUAL(lib::all_between(text, '!', '~'), byte >= '!' && byte <= '~');
    }
}
