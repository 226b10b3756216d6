// SPDX-License-Identifier: ISC
#include "lib/io/io.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "lib/io/unique_fd.h"
#include "tests/unit/unit.h"

TEST(a_write_to_a_full_blocking_pipe_keeps_the_deadline) {
  std::array<int, 2> ends{};
  CHECK(pipe(ends.data()) == 0);
  const lib::UniqueFd reading(ends[0]);
  const lib::UniqueFd writing(ends[1]);
  const std::string page(4096, 'x');
  const auto now = lib::Deadline::in_seconds(0);
  size_t pages = 0;
  while (lib::write_all(writing.get(), page, now)) ++pages;
  CHECK_EQUAL(errno, ETIMEDOUT);
  CHECK(pages > 0);
  CHECK(!lib::write_all(writing.get(), "line\n", now));
}
