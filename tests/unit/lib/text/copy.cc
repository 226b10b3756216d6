// SPDX-License-Identifier: ISC
#include "lib/text/copy.h"

#include <array>
#include <string>

#include "tests/unit/unit.h"

TEST(texts_of_every_length_are_copied_exactly) {
  std::string from;
  for (size_t i = 0; i < 400; ++i) from += static_cast<char>('!' + i * 7 % 90);
  for (size_t size = 0; size < from.size(); ++size) {
    std::array<char, 420> to;
    to.fill('\0');
    lib::copy_short(to.data() + 5, from.data(), size);
    CHECK_EQUAL(std::string_view(to.data() + 5, size),
                std::string_view(from).substr(0, size));
    CHECK(to[4] == '\0' && to[5 + size] == '\0');
  }
}
