// SPDX-License-Identifier: ISC
#include "maildir-pop3d/wire/listing.h"

#include <cstdint>
#include <string>
#include <vector>

#include "tests/unit/unit.h"

namespace {

// Numbers around each power of ten, and the lowest and highest ones.
std::vector<uint64_t> numbers_of_all_lengths() {
  std::vector<uint64_t> numbers{0, UINT64_MAX - 1, UINT64_MAX};
  for (uint64_t ten = 1; ten <= UINT64_MAX / 10; ten *= 10)
    for (const uint64_t factor : {1, 2, 5})
      numbers.insert(numbers.end(),
                     {factor * ten - 1, factor * ten, factor * ten + 1});
  numbers.push_back(10000000000000000000U);
  return numbers;
}

// The written line; checks that nothing after it was overwritten.
template <typename Write>
std::string line(size_t room, Write write) {
  std::string into(room + 8, '#');
  const size_t written = write(into.data());
  CHECK(written <= room);
  CHECK_EQUAL(into.substr(written), std::string(into.size() - written, '#'));
  return into.substr(0, written);
}

}  // namespace

TEST(numbers_of_all_lengths_are_written) {
  for (const uint64_t number : numbers_of_all_lengths()) {
    const std::string text = std::to_string(number);
    const auto one = [&](char* into) {
      return pop3d::write_list_line(number, 7, into);
    };
    const auto other = [&](char* into) {
      return pop3d::write_list_line(12, number, into);
    };
    CHECK_EQUAL(line(pop3d::kListingRoom, one), text + " 7\r\n");
    CHECK_EQUAL(line(pop3d::kListingRoom, other), "12 " + text + "\r\n");
  }
}

TEST(the_longest_line_fits_its_buffer) {
  const auto write = [](char* into) {
    return pop3d::write_list_line(UINT64_MAX, UINT64_MAX, into);
  };
  CHECK_EQUAL(line(pop3d::kListingRoom, write).size(), pop3d::kListingRoom);
}

TEST(unique_ids_of_all_lengths_are_written) {
  for (size_t size = 0; size <= 70; ++size) {
    const std::string id(size, 'x');
    const auto write = [&](char* into) {
      return pop3d::write_uidl_line(UINT64_MAX, id, into);
    };
    CHECK_EQUAL(line(pop3d::kListingRoom + size, write),
                "18446744073709551615 " + id + "\r\n");
  }
}
