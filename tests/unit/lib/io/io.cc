// SPDX-License-Identifier: ISC
#include "lib/io/io.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
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

TEST(the_end_of_the_file_is_told_from_an_error) {
  const lib::UniqueFd file(memfd_create("text", MFD_CLOEXEC));
  CHECK(write(file.get(), "abcdef", 6) == 6);
  std::array<char, 4> bytes{};
  CHECK(lib::read_at(file.get(), 2, bytes));
  CHECK_EQUAL(std::string_view(bytes.data(), bytes.size()), "cdef");
  CHECK(lib::read_at(file.get(), 100, {}));
  for (const uint64_t at : {3, 6, 100}) {
    errno = EIO;
    CHECK(!lib::read_at(file.get(), at, bytes));
    CHECK_EQUAL(errno, 0);
  }
  CHECK(!lib::read_at(-1, 0, bytes));
  CHECK_EQUAL(errno, EBADF);
  const lib::UniqueFd directory(open("/", O_RDONLY | O_CLOEXEC));
  CHECK(!lib::read_at(directory.get(), 0, bytes));
  CHECK_EQUAL(errno, EISDIR);
}

// Both descriptors that are kept may be the first, the last, or the same.
TEST(all_descriptors_are_closed_but_those_kept) {
  constexpr int kFirst = 20;
  constexpr int kLast = 24;
  const auto left = [](std::array<int, 2> kept) {
    const pid_t child = fork();
    if (child == 0) {
      for (int fd = kFirst - 1; fd <= kLast; ++fd) dup2(0, fd);
      lib::close_from(kFirst, kept);
      int open_ones = 0;
      for (int fd = kFirst - 1; fd <= kLast; ++fd)
        if (fcntl(fd, F_GETFD) >= 0) open_ones |= 1 << (fd - kFirst + 1);
      _exit(open_ones);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  };
  CHECK_EQUAL(left({-1, -1}), 0b000001);
  CHECK_EQUAL(left({kFirst, -1}), 0b000011);
  CHECK_EQUAL(left({kLast, kFirst}), 0b100011);
  CHECK_EQUAL(left({22, 21}), 0b001101);
  CHECK_EQUAL(left({22, 22}), 0b001001);
  CHECK_EQUAL(left({kFirst - 1, 0}), 0b000001);
}
