// SPDX-License-Identifier: ISC
#include "maildir-pop3d/index/format.h"

#include <algorithm>
#include <string>

#include "lib/text/byte_order.h"
#include "tests/unit/unit.h"

using namespace pop3d;  // NOLINT: one module under test

namespace {

constexpr IndexHeader kHeader{
    .records = 3,
    .octets = 1234,
    .pages = 1,
    .directory = {.inode = 7, .mtime = -1, .ctime = 2},
    .settled = true,
    .generation = 5};

}  // namespace

TEST(a_header_survives_encoding) {
  IndexPage page;
  encode_index_header(kHeader, page);
  const auto read = decode_index_header(page, 2 * kIndexPage);
  CHECK(read.has_value());
  CHECK_EQUAL(read->records, 3U);
  CHECK_EQUAL(read->octets, 1234U);
  CHECK(read->directory == kHeader.directory);
  CHECK(read->settled);
  CHECK_EQUAL(read->generation, 5U);
}

TEST(a_header_with_any_byte_changed_is_refused) {
  for (size_t i = 0; i < kIndexPage; ++i) {
    IndexPage page;
    encode_index_header(kHeader, page);
    page[i] = static_cast<char>(page[i] ^ 1);
    CHECK(!decode_index_header(page, 2 * kIndexPage));
  }
}

TEST(a_header_at_odds_with_the_file_is_refused) {
  IndexPage page;
  encode_index_header(kHeader, page);
  for (const uint64_t size : {0UL, 4096UL, 8191UL, 8193UL, 12288UL})
    CHECK(!decode_index_header(page, size));
  encode_index_header({.records = 4000, .pages = 1, .directory = {}}, page);
  CHECK(!decode_index_header(page, 2 * kIndexPage));
}

TEST(a_header_of_too_many_records_is_refused) {
  constexpr uint64_t kPages = uint64_t{1} << 30U;
  const auto accepts = [](uint64_t records) {
    IndexPage page;
    encode_index_header({.records = records, .pages = kPages, .directory = {}},
                        page);
    return decode_index_header(page, (kPages + 1) * kIndexPage).has_value();
  };
  CHECK(accepts(uint64_t{1} << 32U));
  CHECK(!accepts((uint64_t{1} << 32U) + 1));
}

TEST(records_come_back_from_a_page_as_they_went_in) {
  IndexPageBuilder builder(9);
  builder.restart(40);
  const std::string longest(255, 'x');
  CHECK(builder.add(
      {.name = "1.a:2,S", .inode = 1, .octets = 2, .fingerprint = 3}));
  CHECK(builder.add({.name = longest, .inode = UINT64_MAX}));
  const auto view = IndexPageView::open(builder.finish(), 9);
  CHECK(view.has_value());
  CHECK_EQUAL(view->first(), 40U);
  CHECK_EQUAL(view->count(), 2U);
  CHECK_EQUAL(view->record(0).name, "1.a:2,S");
  CHECK_EQUAL(view->record(0).octets, 2U);
  CHECK_EQUAL(view->record(0).fingerprint, 3U);
  CHECK_EQUAL(view->record(1).name, longest);
  CHECK_EQUAL(view->record(1).inode, UINT64_MAX);
  CHECK_EQUAL(view->record(2).name, "");
  CHECK_EQUAL(view->octets(0).value_or(0), 2U);
  CHECK_EQUAL(view->octets(1).value_or(1), 0U);
  CHECK(!view->octets(2));
}

TEST(a_page_takes_records_until_it_is_full) {
  IndexPageBuilder builder(9);
  const std::string name(255, 'y');
  while (builder.add({.name = name})) {
  }
  CHECK_EQUAL(builder.next(), (kIndexPage - 18) / (22 + 255 + 1 + 2));
  CHECK_EQUAL(
      IndexPageView::open(builder.finish(), 9)->record(builder.next() - 1).name,
      name);
}

TEST(a_damaged_page_is_noticed) {
  IndexPageBuilder builder(9);
  CHECK(builder.add({.name = "1.a"}));
  IndexPage page = builder.finish();
  page[kIndexPage - 2] = 'b';
  CHECK(!IndexPageView::open(page, 9));
}

TEST(octets_are_not_read_beyond_the_page) {
  IndexPageBuilder builder(9);
  CHECK(builder.add({.name = "1.a", .octets = 5}));
  for (const unsigned at : {0U, 4095U, 4075U, 4074U, 65535U}) {
    IndexPage page = builder.finish();
    lib::store_little_endian(page, 18, static_cast<uint16_t>(at));
    seal_index_page(page, 9);
    const auto view = IndexPageView::open(page, 9);
    CHECK(view.has_value());
    CHECK_EQUAL(view->octets(0).has_value(), at == 4074);
    CHECK_EQUAL(view->record(0).name, "");
  }
}

TEST(swapped_words_are_noticed) {
  IndexPageBuilder builder(9);
  for (size_t i = 0; i < 60; ++i)
    CHECK(builder.add({.name = "1.a" + std::to_string(i), .inode = i}));
  const IndexPage sound = builder.finish();
  constexpr size_t kFrom = 2048;
  for (size_t at = kFrom + 8; at < kIndexPage; at += 8) {
    IndexPage page = sound;
    std::swap_ranges(page.begin() + kFrom, page.begin() + kFrom + 8,
                     page.data() + at);
    const bool is_same = page == sound;
    CHECK_EQUAL(IndexPageView::open(page, 9).has_value(), is_same);
  }
}

TEST(a_page_of_another_index_is_refused) {
  IndexPageBuilder builder(9);
  CHECK(builder.add({.name = "1.a"}));
  const IndexPage page = builder.finish();
  CHECK(IndexPageView::open(page, 9).has_value());
  CHECK(!IndexPageView::open(page, 8));
}

TEST(names_leading_out_of_the_directory_are_not_sound) {
  for (const char* bad : {"", ".", "..", ".x", "a/b", "/"})
    CHECK(!index_name_is_sound(bad));
  CHECK(!index_name_is_sound(std::string_view("a\0b", 3)));
  CHECK(!index_name_is_sound(std::string(256, 'a')));
  CHECK(index_name_is_sound("1700000000.x:2,"));
}
