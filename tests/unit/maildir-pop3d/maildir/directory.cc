// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "lib/io/unique_fd.h"
#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

using namespace pop3d;  // NOLINT: one module under test

TEST(an_entry_without_a_type_is_looked_up) {
  const unit::TemporaryDirectory base{{"folder"}};
  const lib::UniqueFd directory(
      open(base.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const lib::UniqueFd file(
      open((base / "file").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  CHECK(file.valid());
  CHECK(symlinkat("file", directory.get(), "link") == 0);
  CHECK(mkfifoat(directory.get(), "fifo", 0600) == 0);
  const auto passes = [&](const char* name, uint8_t type = DT_UNKNOWN) {
    return may_be_message(directory.get(), {name, 1, type});
  };
  CHECK(passes("file"));
  for (const char* name : {"folder", "link", "fifo", ".file"})
    CHECK(!passes(name));
  // An absent file may have been renamed.
  CHECK(passes("absent"));
  CHECK(passes("absent", DT_REG));
  CHECK(!passes("file", DT_DIR));
}

TEST(an_entry_impossible_to_look_up_is_kept_until_opened) {
  const unit::TemporaryDirectory base{{"folder"}};
  const lib::UniqueFd directory(
      open(base.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string too_long(300, 'x');
  CHECK(may_be_message(directory.get(), {too_long.c_str(), 1, DT_UNKNOWN}));
  CHECK(may_be_message(-1, {"file", 1, DT_UNKNOWN}));
  CHECK(!may_be_message(-1, {".file", 1, DT_UNKNOWN}));
}

TEST(a_reader_knows_whether_one_call_took_the_whole_directory) {
  const unit::TemporaryDirectory base{{"folder"}};
  const std::string stem(40, 'n');
  for (int i = 0; i < 200; ++i) {
    const std::string name = stem + std::to_string(i);
    const lib::UniqueFd file(
        open((base / name.c_str()).c_str(), O_CREAT | O_WRONLY, 0600));
    CHECK(file.valid());
  }
  const lib::UniqueFd directory(
      open(base.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  alignas(8) static char buffer[65536];
  size_t total = 0;
  for (const size_t size : {size_t{65536}, size_t{4096}, size_t{0}}) {
    // The last buffer has exactly the size of all entries.
    DirectoryReader reader(directory.get(), {buffer, size == 0 ? total : size});
    DirectoryReader::Entry entry{};
    int entries = 0;
    while (reader.next(entry)) ++entries;
    CHECK_EQUAL(entries, 203);
    CHECK(total == 0 || reader.total() == total);
    total = reader.total();
    CHECK_EQUAL(reader.was_one_call(), size == 65536);
  }
}
