// SPDX-License-Identifier: ISC
#include "lib/io/line_reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>

#include "lib/io/unique_fd.h"
#include "tests/unit/unit.h"

using Got = lib::LineReader::Got;

namespace {

lib::UniqueFd file_of(const std::string& text) {
  lib::UniqueFd fd(memfd_create("lines", MFD_CLOEXEC));
  CHECK(write(fd.get(), text.data(), text.size()) ==
        static_cast<ssize_t>(text.size()));
  lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

bool next_is(lib::LineReader& lines, Got got, const std::string& wanted) {
  std::string_view line;
  return lines.next(line) == got && line == wanted;
}

}  // namespace

TEST(lines_come_without_their_newline) {
  const auto file = file_of("a\n\nb\r\nlast");
  lib::LineBuffer buffer;
  lib::LineReader lines(file.get(), buffer);
  CHECK(next_is(lines, Got::Line, "a"));
  CHECK(next_is(lines, Got::Line, ""));
  CHECK(next_is(lines, Got::Line, "b\r"));
  CHECK(next_is(lines, Got::Line, "last"));
  CHECK_EQUAL(lines.number(), 4U);
  CHECK(next_is(lines, Got::End, ""));
  CHECK(next_is(lines, Got::End, ""));
}

TEST(an_empty_file_has_no_lines) {
  const auto file = file_of("");
  lib::LineBuffer buffer;
  lib::LineReader lines(file.get(), buffer);
  CHECK(next_is(lines, Got::End, ""));
}

TEST(the_longest_line_fits_and_one_byte_more_is_too_long) {
  const std::string longest(lib::kLineSize, 'x');
  for (const char* end : {"", "\n"}) {
    const auto file =
        file_of(longest + "\n" + longest + "y\nz\n" + longest + end);
    lib::LineBuffer buffer;
    lib::LineReader lines(file.get(), buffer);
    CHECK(next_is(lines, Got::Line, longest));
    CHECK(next_is(lines, Got::TooLong, longest));
    CHECK(next_is(lines, Got::Line, "z"));
    CHECK(next_is(lines, Got::Line, longest));
    CHECK(next_is(lines, Got::End, ""));
  }
}

TEST(one_byte_more_is_too_long_wherever_the_buffer_ends) {
  const std::string longest(lib::kLineSize, 'x');
  for (size_t before = 1000; before < 1050; ++before) {
    const std::string first(before, 'a');
    const auto file =
        file_of(first + "\n" + longest + "y\n" + first + "\n" + longest);
    lib::LineBuffer buffer;
    lib::LineReader lines(file.get(), buffer);
    CHECK(next_is(lines, Got::Line, first));
    CHECK(next_is(lines, Got::TooLong, longest));
    CHECK(next_is(lines, Got::Line, first));
    CHECK(next_is(lines, Got::Line, longest));
    CHECK_EQUAL(lines.number(), 4U);
    CHECK(next_is(lines, Got::End, ""));
  }
}

TEST(a_huge_line_is_one_line_across_buffers) {
  for (size_t size = 15 * lib::kLineSize; size < 34 * lib::kLineSize;
       size += 1021) {
    const auto file = file_of("a\n" + std::string(size, 'x') + "\nb\n");
    lib::LineBuffer buffer;
    lib::LineReader lines(file.get(), buffer);
    CHECK(next_is(lines, Got::Line, "a"));
    CHECK(next_is(lines, Got::TooLong, std::string(lib::kLineSize, 'x')));
    CHECK(next_is(lines, Got::Line, "b"));
    CHECK_EQUAL(lines.number(), 3U);
    CHECK(next_is(lines, Got::End, ""));
  }
}

TEST(a_huge_last_line_without_newline_ends_the_file) {
  const auto file = file_of(std::string(40 * lib::kLineSize, 'x'));
  lib::LineBuffer buffer;
  lib::LineReader lines(file.get(), buffer);
  CHECK(next_is(lines, Got::TooLong, std::string(lib::kLineSize, 'x')));
  CHECK(next_is(lines, Got::End, ""));
}

TEST(many_lines_are_read_across_every_refill) {
  std::string text;
  for (int i = 0; i < 60000; ++i) text += std::to_string(i * 7919) + "\n";
  const auto file = file_of(text);
  lib::LineBuffer buffer;
  lib::LineReader lines(file.get(), buffer);
  for (int i = 0; i < 60000; ++i)
    if (!next_is(lines, Got::Line, std::to_string(i * 7919))) {
      CHECK_EQUAL(i, -1);
      return;
    }
  CHECK(next_is(lines, Got::End, ""));
}

TEST(a_directory_fails_to_be_read) {
  const lib::UniqueFd directory(open("/", O_RDONLY | O_CLOEXEC));
  lib::LineBuffer buffer;
  lib::LineReader lines(directory.get(), buffer);
  CHECK(next_is(lines, Got::Failed, ""));
}

TEST(the_buffer_sets_the_length_of_the_longest_line) {
  std::array<char, lib::kLeastRead + 100> buffer;
  const std::string longest(100, 'x');
  const auto file = file_of(longest + "\n" + longest + "y\nz");
  lib::LineReader lines(file.get(), buffer);
  CHECK(next_is(lines, Got::Line, longest));
  CHECK(next_is(lines, Got::TooLong, longest));
  CHECK(next_is(lines, Got::Line, "z"));
  CHECK(next_is(lines, Got::End, ""));
}
