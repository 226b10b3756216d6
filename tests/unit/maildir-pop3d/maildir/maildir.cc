// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/maildir.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

using namespace pop3d;  // NOLINT: one module under test

namespace {

constexpr size_t kWanted = 16384;
constexpr size_t kPage = 4096;

// With so many mappings the kernel's list of them is longer than kWanted.  A
// read of that list returns at most a page of it.
class ManyMappings {
 public:
  ManyMappings()
      : start_(static_cast<char*>(mmap(nullptr, kCount * kPage, PROT_READ,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    for (size_t i = 0; i < kCount; i += 2)
      CHECK(mprotect(start_ + i * kPage, kPage, PROT_NONE) == 0);
  }
  ManyMappings(const ManyMappings&) = delete;
  ManyMappings& operator=(const ManyMappings&) = delete;
  ~ManyMappings() { munmap(start_, kCount * kPage); }

 private:
  static constexpr size_t kCount = 1000;

  char* start_;
};

}  // namespace

TEST(a_chunk_is_filled_by_reads_of_any_length) {
  const ManyMappings mappings;
  std::vector<char> stepwise(kWanted);
  std::vector<char> chunk(kWanted);
  OpenMessage message;
  message.fd.reset(open("/proc/self/maps", O_RDONLY | O_CLOEXEC));
  message.size = kWanted;
  size_t steps = 0;
  for (size_t have = 0; have < kWanted; ++steps) {
    const ssize_t got = pread(message.fd.get(), stepwise.data() + have,
                              kWanted - have, static_cast<off_t>(have));
    CHECK(got > 0);
    if (got <= 0) return;
    have += static_cast<size_t>(got);
  }
  CHECK(steps > 1);
  const auto read = read_chunk(message, 0, chunk);
  CHECK(read.ok());
  if (!read.ok()) return;
  CHECK_EQUAL(read.value().size(), kWanted);
  CHECK(std::string(read.value()) ==
        std::string(stepwise.begin(), stepwise.end()));
}

TEST(a_chunk_ends_with_the_message_a_shorter_file_is_an_error) {
  OpenMessage message;
  message.fd.reset(memfd_create("message", MFD_CLOEXEC));
  CHECK(write(message.fd.get(), "0123456789", 10) == 10);
  message.size = 10;
  std::vector<char> buffer(6);
  const auto first = read_chunk(message, 0, buffer);
  CHECK(first.ok() && first.value() == "012345");
  const auto last = read_chunk(message, 6, buffer);
  CHECK(last.ok() && last.value() == "6789");
  CHECK(ftruncate(message.fd.get(), 8) == 0);
  const auto cut = read_chunk(message, 6, buffer);
  CHECK(!cut.ok() && cut.error().code == 0);
}

TEST(only_a_regular_file_opens_as_a_message_the_rest_has_code_0) {
  const unit::TemporaryDirectory root{"cur/directory"};
  const auto cur = root / "cur";
  for (const auto& [name, type] :
       {std::pair("file", S_IFREG), {"fifo", S_IFIFO}, {"socket", S_IFSOCK}})
    CHECK(mknod((cur / name).c_str(), type | 0600U, 0) == 0);
  CHECK(symlink("file", (cur / "symlink").c_str()) == 0);
  const auto maildir = Maildir::open(root.path().c_str());
  CHECK(maildir.ok());
  if (!maildir.ok()) return;
  CHECK(maildir.value().open_file(Folder::Cur, "file").ok());
  for (const char* name : {"directory", "fifo", "socket", "symlink"}) {
    const auto opened = maildir.value().open_file(Folder::Cur, name);
    CHECK(!opened.ok() && opened.error().code == 0);
  }
  const auto gone = maildir.value().open_file(Folder::Cur, "gone");
  CHECK(!gone.ok() && gone.error().code == ENOENT);
}
