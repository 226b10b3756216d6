// SPDX-License-Identifier: ISC
#include "maildir-pop3d/index/catalog.h"

#include <string>
#include <utility>

#include "maildir-pop3d/mailbox/uidl.h"
#include "tests/unit/unit.h"

using pop3d::Catalog;
using pop3d::Folder;
using pop3d::ScannedFiles;

namespace {

// The steps of a scan.
Catalog settle(ScannedFiles& scanned) {
  scanned.sort_unique();
  for (pop3d::ScannedFile& file : scanned.files()) {
    file.octets = 10;
    file.measured = true;
  }
  scanned.drop_unmeasured();
  return Catalog(std::move(scanned));
}

std::string uidl_of(const Catalog& catalog, size_t n) {
  pop3d::Uidl made;
  return std::string(uidl_of(catalog, nullptr, n, made));
}

}  // namespace

TEST(names_keep_their_length_and_their_unique_part) {
  pop3d::NameArena names;
  const std::string longest(255, 'x');
  struct {
    std::string name;
    size_t unique;
    uint32_t at;
  } cases[] = {{"1.a:2,S", 3, 0},
               {"1.a", 3, 0},
               {":2,S", 0, 0},
               {"", 0, 0},
               {":", 0, 0},
               {longest, 255, 0},
               {longest + ":2,", 255, 0},
               {"a:b:c", 1, 0}};
  for (auto& it : cases) it.at = names.add(Folder::Cur, it.name);
  names.set_twin(cases[0].at);
  names.set_younger(cases[0].at, true);
  names.set_younger(cases[1].at, true);
  names.set_younger(cases[1].at, false);
  for (const auto& it : cases) {
    CHECK_EQUAL(names.view(it.at), it.name);
    CHECK_EQUAL(std::string(names.name(it.at)), it.name);
    CHECK_EQUAL(names.unique(it.at), it.name.substr(0, it.unique));
    CHECK_EQUAL(names.has_twin(it.at), &it == cases);
    CHECK_EQUAL(names.is_younger(it.at), &it == cases);
    CHECK(names.folder(it.at) == Folder::Cur);
  }
}

TEST(messages_are_ordered_by_time_and_name) {
  ScannedFiles scanned;
  scanned.add(Folder::New, "20.b", 1);
  scanned.add(Folder::Cur, "9.z:2,S", 2);
  scanned.add(Folder::New, "odd", 3);
  scanned.add(Folder::Cur, "20.a:2,", 4);
  const Catalog catalog = settle(scanned);
  CHECK_EQUAL(catalog.count(), 4U);
  CHECK_EQUAL(std::string(catalog.message(0).name), "odd");
  CHECK_EQUAL(std::string(catalog.message(1).name), "9.z:2,S");
  CHECK_EQUAL(std::string(catalog.message(2).name), "20.a:2,");
  CHECK_EQUAL(std::string(catalog.message(3).name), "20.b");
  CHECK(catalog.message(1).folder == Folder::Cur);
  CHECK(catalog.message(3).folder == Folder::New);
  CHECK_EQUAL(catalog.total_octets(), 40U);
  CHECK_EQUAL(catalog.octets(3), 10U);
  CHECK(catalog.has_distinct_names());
}

TEST(one_file_seen_twice_is_one_message_under_its_name_in_cur) {
  ScannedFiles scanned;
  scanned.add(Folder::New, "1.a", 7);
  scanned.add(Folder::Cur, "1.a:2,S", 7);
  const Catalog catalog = settle(scanned);
  CHECK_EQUAL(catalog.count(), 1U);
  CHECK_EQUAL(std::string(catalog.message(0).name), "1.a:2,S");
  CHECK(catalog.has_twin(0) && !catalog.has_distinct_names());
  CHECK_EQUAL(uidl_of(catalog, 0), "1.a");
}

TEST(two_files_with_one_name_are_two_messages_with_two_ids) {
  ScannedFiles scanned;
  scanned.add(Folder::Cur, "1.a:2,", 8);
  scanned.add(Folder::New, "1.a", 7);
  const Catalog catalog = settle(scanned);
  CHECK_EQUAL(catalog.count(), 2U);
  CHECK_EQUAL(std::string(catalog.message(0).name), "1.a");
  CHECK_EQUAL(uidl_of(catalog, 0), "1.a");
  CHECK_EQUAL(uidl_of(catalog, 1).size(), 33U);
  CHECK(!catalog.has_distinct_names());
}

TEST(a_younger_file_keeps_its_id_without_the_older_one) {
  std::string id;
  for (const bool has_other : {true, false}) {
    ScannedFiles scanned;
    scanned.add(Folder::New, "1.a", 7);
    if (has_other) scanned.add(Folder::Cur, "1.a:2,F", 8);
    scanned.add(Folder::Cur, "1.a:2,", 9);
    scanned.sort_unique();
    CHECK(scanned.shares_names());
    scanned.files().back().measured = true;
    scanned.drop_unmeasured();
    const Catalog catalog(std::move(scanned));
    CHECK_EQUAL(catalog.count(), 1U);
    if (has_other) id = uidl_of(catalog, 0);
    CHECK_EQUAL(uidl_of(catalog, 0), id);
    CHECK_EQUAL(id.size(), 33U);
  }
}

TEST(unmeasured_messages_are_left_out) {
  ScannedFiles scanned;
  scanned.add(Folder::New, "1.a", 1);
  scanned.add(Folder::New, "2.a", 2);
  scanned.sort_unique();
  scanned.files()[1].measured = true;
  scanned.drop_unmeasured();
  const Catalog catalog(std::move(scanned));
  CHECK_EQUAL(catalog.count(), 1U);
  CHECK_EQUAL(uidl_of(catalog, 0), "2.a");
}

TEST(odd_names_have_stable_hashes_for_unique_ids) {
  const std::string longest(70, 'x');
  const std::string too_long(71, 'x');
  ScannedFiles scanned;
  scanned.add(Folder::New, longest, 1);
  scanned.add(Folder::New, too_long, 2);
  scanned.add(Folder::New, "a b", 3);
  scanned.add(Folder::New, ":2,S", 4);
  const Catalog catalog = settle(scanned);
  CHECK_EQUAL(catalog.count(), 4U);
  // md5 of "/" and of "a b/"
  CHECK_EQUAL(uidl_of(catalog, 0), "6666cd76f96956469e7be39d750cc7d9:");
  CHECK_EQUAL(uidl_of(catalog, 1).size(), 33U);
  CHECK_EQUAL(uidl_of(catalog, 2), longest);
  CHECK_EQUAL(uidl_of(catalog, 3).size(), 33U);
}

TEST(no_name_equals_the_unique_id_made_for_another) {
  ScannedFiles scanned;
  scanned.add(Folder::New, "6666cd76f96956469e7be39d750cc7d9", 1);
  scanned.add(Folder::New, "6666cd76f96956469e7be39d750cc7d9:", 2);
  scanned.add(Folder::New, ":2,S", 3);
  const Catalog catalog = settle(scanned);
  CHECK_EQUAL(catalog.count(), 3U);
  CHECK(uidl_of(catalog, 0) != uidl_of(catalog, 1));
  CHECK(uidl_of(catalog, 0) != uidl_of(catalog, 2));
  CHECK(uidl_of(catalog, 1) != uidl_of(catalog, 2));
}

TEST(a_new_unique_id_replaces_the_one_before) {
  ScannedFiles scanned;
  scanned.add(Folder::New, "1.a", 1);
  scanned.add(Folder::New, "1.a", 2);
  scanned.add(Folder::New, "1.a", 3);
  const Catalog catalog = settle(scanned);
  pop3d::Uidl made;
  for (size_t n = 1; n < 3; ++n) {
    CHECK_EQUAL(uidl_of(catalog, nullptr, n, made), uidl_of(catalog, n));
    CHECK_EQUAL(uidl_of(catalog, nullptr, n, made).size(), 33U);
  }
  CHECK(uidl_of(catalog, 1) != uidl_of(catalog, 2));
  CHECK_EQUAL(uidl_of(catalog, nullptr, 0, made), "1.a");
}

TEST(a_message_renamed_before_the_colon_keeps_its_id_and_its_place) {
  ScannedFiles scanned;
  scanned.add(Folder::New, "1.a", 7);
  scanned.add(Folder::New, "2.b", 8);
  Catalog catalog = settle(scanned);
  catalog.move(0, Folder::Cur, "3.a,U=37:2,S");
  catalog.settle_moves();
  CHECK_EQUAL(std::string(catalog.message(0).name), "3.a,U=37:2,S");
  CHECK(catalog.message(0).folder == Folder::Cur);
  CHECK_EQUAL(std::string(catalog.original(0).name), "1.a");
  CHECK_EQUAL(uidl_of(catalog, 0), "1.a");
  CHECK_EQUAL(catalog.next_in_new(0), 1U);
}

TEST(a_moved_message_keeps_its_unique_id_and_its_twin) {
  ScannedFiles scanned;
  scanned.add(Folder::New, "1.a", 7);
  scanned.add(Folder::Cur, "1.a:2,", 7);
  Catalog catalog = settle(scanned);
  catalog.move(0, Folder::Cur, "1.a:2,RS");
  catalog.settle_moves();
  CHECK_EQUAL(std::string(catalog.message(0).name), "1.a:2,RS");
  CHECK_EQUAL(uidl_of(catalog, 0), "1.a");
  CHECK(catalog.has_twin(0));
}

TEST(fingerprints_tell_files_apart) {
  const uint32_t one = pop3d::fingerprint_of(1, 2, 3, 4);
  CHECK_EQUAL(one, pop3d::fingerprint_of(1, 2, 3, 4));
  CHECK(one != pop3d::fingerprint_of(2, 1, 3, 4));
  CHECK(one != pop3d::fingerprint_of(1, 2, 4, 3));
  CHECK(one != pop3d::fingerprint_of(1, 3, 3, 4));
}
