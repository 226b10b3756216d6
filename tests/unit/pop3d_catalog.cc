// SPDX-License-Identifier: ISC
#include <string>
#include <utility>

#include "maildir-pop3d/catalog.h"
#include "tests/unit/unit.h"

using pop3d::Catalog;
using pop3d::Folder;
using pop3d::Sightings;

namespace {

// As a scan does it; modified gives the age by inode number.
Catalog settle(Sightings& sightings) {
  sightings.settle();
  for (pop3d::Sighting& file : sightings.files()) {
    file.octets = 10;
    file.modified_ns = static_cast<int64_t>(1000 - file.inode);
    file.measured = true;
  }
  sightings.settle_measured();
  return Catalog(std::move(sightings));
}

std::string uidl_of(const Catalog& catalog, size_t n) {
  pop3d::Uidl made;
  return std::string(catalog.uidl(n, made));
}

}  // namespace

TEST(names_keep_their_length_and_their_unique_part) {
  pop3d::Names names;
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
  for (const auto& it : cases) {
    CHECK_EQUAL(names.view(it.at), it.name);
    CHECK_EQUAL(std::string(names.name(it.at)), it.name);
    CHECK_EQUAL(names.unique(it.at), it.name.substr(0, it.unique));
    CHECK_EQUAL(names.has_twin(it.at), &it == cases);
    CHECK(names.folder(it.at) == Folder::Cur);
  }
}

TEST(messages_are_ordered_by_time_and_name) {
  Sightings sightings;
  sightings.add(Folder::New, "20.b", 1, 0);
  sightings.add(Folder::Cur, "9.z:2,S", 2, 0);
  sightings.add(Folder::New, "odd", 3, 0);
  sightings.add(Folder::Cur, "20.a:2,", 4, 0);
  const Catalog catalog = settle(sightings);
  CHECK_EQUAL(catalog.count(), 4U);
  CHECK_EQUAL(std::string(catalog.message(0).name), "odd");
  CHECK_EQUAL(std::string(catalog.message(1).name), "9.z:2,S");
  CHECK_EQUAL(std::string(catalog.message(2).name), "20.a:2,");
  CHECK_EQUAL(std::string(catalog.message(3).name), "20.b");
  CHECK(catalog.message(1).folder == Folder::Cur);
  CHECK(catalog.message(3).folder == Folder::New);
  CHECK_EQUAL(catalog.total_octets(), 40U);
  CHECK_EQUAL(catalog.octets(3), 10U);
  CHECK(catalog.is_plain());
}

TEST(one_file_seen_twice_is_one_message_under_its_latest_name) {
  Sightings sightings;
  sightings.add(Folder::New, "1.a", 7, 0);
  sightings.add(Folder::Cur, "1.a:2,", 7, 0);
  sightings.add(Folder::Cur, "1.a:2,S", 7, 1);
  const Catalog catalog = settle(sightings);
  CHECK_EQUAL(catalog.count(), 1U);
  CHECK_EQUAL(std::string(catalog.message(0).name), "1.a:2,S");
  CHECK(catalog.has_twin(0) && !catalog.is_plain());
  CHECK(!catalog.is_ambiguous(0));
}

TEST(two_files_of_one_name_are_two_messages_and_the_oldest_keeps_it) {
  Sightings sightings;
  sightings.add(Folder::New, "1.a", 7, 0);
  sightings.add(Folder::Cur, "1.a:2,", 8, 0);  // the older one
  const Catalog catalog = settle(sightings);
  CHECK_EQUAL(catalog.count(), 2U);
  CHECK_EQUAL(std::string(catalog.message(0).name), "1.a:2,");
  CHECK_EQUAL(uidl_of(catalog, 0), "1.a");
  CHECK_EQUAL(uidl_of(catalog, 1).size(), 33U);
  CHECK(catalog.is_ambiguous(0) && catalog.is_ambiguous(1));
  CHECK(!catalog.is_plain());
}

TEST(what_was_not_measured_is_left_out) {
  Sightings sightings;
  sightings.add(Folder::New, "1.a", 1, 0);
  sightings.add(Folder::New, "2.a", 2, 0);
  sightings.settle();
  sightings.files()[1].measured = true;
  sightings.settle_measured();
  const Catalog catalog(std::move(sightings));
  CHECK_EQUAL(catalog.count(), 1U);
  CHECK_EQUAL(uidl_of(catalog, 0), "2.a");
}

TEST(odd_names_have_stable_hashes_for_unique_ids) {
  const std::string longest(70, 'x');
  const std::string too_long(71, 'x');
  Sightings sightings;
  sightings.add(Folder::New, longest, 1, 0);
  sightings.add(Folder::New, too_long, 2, 0);
  sightings.add(Folder::New, "a b", 3, 0);
  sightings.add(Folder::New, ":2,S", 4, 0);
  const Catalog catalog = settle(sightings);
  CHECK_EQUAL(catalog.count(), 4U);
  // md5 of "/" and of "a b/"
  CHECK_EQUAL(uidl_of(catalog, 0), "6666cd76f96956469e7be39d750cc7d9:");
  CHECK_EQUAL(uidl_of(catalog, 1).size(), 33U);
  CHECK_EQUAL(uidl_of(catalog, 2), longest);
  CHECK_EQUAL(uidl_of(catalog, 3).size(), 33U);
}

TEST(no_name_is_the_unique_id_that_is_made_for_another) {
  Sightings sightings;
  sightings.add(Folder::New, "6666cd76f96956469e7be39d750cc7d9", 1, 0);
  sightings.add(Folder::New, "6666cd76f96956469e7be39d750cc7d9:", 2, 0);
  sightings.add(Folder::New, ":2,S", 3, 0);
  const Catalog catalog = settle(sightings);
  CHECK_EQUAL(catalog.count(), 3U);
  CHECK(uidl_of(catalog, 0) != uidl_of(catalog, 1));
  CHECK(uidl_of(catalog, 0) != uidl_of(catalog, 2));
  CHECK(uidl_of(catalog, 1) != uidl_of(catalog, 2));
}

TEST(a_unique_id_that_is_made_takes_the_place_of_the_one_before) {
  Sightings sightings;
  sightings.add(Folder::New, "1.a", 1, 0);
  sightings.add(Folder::New, "1.a", 2, 0);
  sightings.add(Folder::New, "1.a", 3, 0);
  const Catalog catalog = settle(sightings);
  pop3d::Uidl made;
  for (size_t n = 1; n < 3; ++n) {
    CHECK_EQUAL(catalog.uidl(n, made), uidl_of(catalog, n));
    CHECK_EQUAL(catalog.uidl(n, made).size(), 33U);
  }
  CHECK(uidl_of(catalog, 1) != uidl_of(catalog, 2));
  CHECK_EQUAL(catalog.uidl(0, made), "1.a");
}

TEST(a_moved_message_keeps_its_unique_id_and_its_twin) {
  Sightings sightings;
  sightings.add(Folder::New, "1.a", 7, 0);
  sightings.add(Folder::Cur, "1.a:2,", 7, 0);
  Catalog catalog = settle(sightings);
  catalog.move(0, Folder::Cur, "1.a:2,RS");
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
