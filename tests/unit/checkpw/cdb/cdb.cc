// SPDX-License-Identifier: ISC
#include "checkpw/cdb/cdb.h"

#include <array>
#include <string>

#include "tests/unit/unit.h"

using checkpw::CdbSearch;

namespace {

std::string packed(uint32_t number) {
  std::string bytes;
  for (int i = 0; i < 4; ++i, number >>= 8)
    bytes += static_cast<char>(number & 0xff);
  return bytes;
}

std::string pair(uint32_t first, uint32_t second) {
  return packed(first) + packed(second);
}

// A database in which all keys share one table with these slots.
std::string database(const std::string& records, const std::string& slots) {
  const auto position = static_cast<uint32_t>(2048 + records.size());
  std::string file;
  for (int i = 0; i < 256; ++i)
    file += pair(position, static_cast<uint32_t>(slots.size() / 8));
  return file + records + slots;
}

CdbSearch search(const std::string& file, std::string_view key,
                 int* reads = nullptr) {
  CdbSearch search(key, file.size());
  while (search.wanted().size > 0) {
    const auto [at, size] = search.wanted();
    CHECK(at + size <= file.size());
    search.take(std::string_view(file).substr(at, size));
    if (reads != nullptr) ++*reads;
  }
  return search;
}

CdbSearch::Answer answer(const std::string& file, std::string_view key) {
  return search(file, key).answer();
}

constexpr auto kFound = CdbSearch::Answer::Found;
constexpr auto kAbsent = CdbSearch::Answer::Absent;
constexpr auto kDamaged = CdbSearch::Answer::Damaged;

}  // namespace

TEST(the_hash_is_the_standard_cdb_hash) {
  CHECK_EQUAL(checkpw::cdb_hash(""), 5381U);
  CHECK_EQUAL(checkpw::cdb_hash("a"), 177604U);
  CHECK_EQUAL(checkpw::cdb_hash("\xff"), (5381U * 33) ^ 255U);
}

TEST(a_record_is_found_and_no_other) {
  const uint32_t hash = checkpw::cdb_hash("joe");
  const std::string file =
      database(pair(3, 4) + "joe" + "data", pair(hash, 2048));
  const CdbSearch found = search(file, "joe");
  CHECK(found.answer() == kFound);
  CHECK_EQUAL(file.substr(found.data().at, found.data().size), "data");
  CHECK(answer(file, "jo") == kAbsent);
  CHECK(answer(file, "") == kAbsent);
  CHECK(answer(file, std::string(513, 'x')) == kAbsent);
}

TEST(slots_of_the_same_hash_are_told_apart_by_the_key) {
  const uint32_t hash = checkpw::cdb_hash("joe");
  const std::string records = pair(3, 1) + "ann" + "1" + pair(3, 1) + "joe2";
  std::string slots;
  for (int i = 0; i < 2; ++i) slots += pair(hash, 2048) + pair(hash, 2060);
  const CdbSearch found = search(database(records, slots), "joe");
  CHECK(found.answer() == kFound);
  CHECK_EQUAL(found.data().at, 2071U);
}

TEST(a_full_table_without_the_key_ends) {
  const uint32_t hash = checkpw::cdb_hash("joe");
  int reads = 0;
  const std::string records = pair(3, 0) + "ann";
  CHECK(search(database(records, pair(hash, 2048) + pair(hash, 2048)), "joe",
               &reads)
            .answer() == kAbsent);
  CHECK_EQUAL(reads, 5);
}

TEST(an_endless_chain_is_given_up) {
  const uint32_t hash = checkpw::cdb_hash("joe");
  std::string slots;
  for (int i = 0; i < 20000; ++i) slots += pair(hash, 2048);
  int reads = 0;
  CHECK(search(database(pair(3, 0) + "ann", slots), "joe", &reads).answer() ==
        kDamaged);
  CHECK(reads < 30000);
}

TEST(positions_outside_the_file_are_damage) {
  const uint32_t hash = checkpw::cdb_hash("joe");
  CHECK(answer("", "joe") == kDamaged);
  CHECK(answer(std::string(2047, '\0'), "joe") == kDamaged);
  CHECK(answer(std::string(2048, '\0'), "joe") == kAbsent);
  CHECK(answer(std::string(2048, '\xff'), "joe") == kDamaged);
  const std::string slot = pair(hash, 0xfffffff0);
  CHECK(answer(database("", slot), "joe") == kDamaged);
  // Here a table, a key or data extend beyond the end of the file.
  std::string file = database(pair(3, 9) + "joe" + "data", pair(hash, 2048));
  CHECK(answer(file, "joe") == kFound);
  CHECK(answer(file.substr(0, file.size() - 8), "joe") == kDamaged);
  file = database(pair(3, 4000) + "joe", pair(hash, 2048));
  CHECK(answer(file, "joe") == kDamaged);
  file = database(pair(0xffffffff, 0xffffffff) + "joe", pair(hash, 2048));
  CHECK(answer(file, "joe") == kDamaged);
}
