// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/update.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "lib/io/unique_fd.h"
#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

namespace {

class Scratch {
 public:
  [[nodiscard]] const char* path() const { return base_.path().c_str(); }
  void create(const char* name) const {
    const lib::UniqueFd file(
        open((base_ / name).c_str(), O_CREAT | O_WRONLY, 0600));
    CHECK(file.valid());
  }
  [[nodiscard]] std::string path_of(const char* name) const {
    return (base_ / name).string();
  }
  [[nodiscard]] bool has(const char* name) const {
    return access((base_ / name).c_str(), F_OK) == 0;
  }

 private:
  unit::TemporaryDirectory base_{{"new", "tmp/folder"}};
};

}  // namespace

TEST(the_sweep_removes_stale_plain_files_from_tmp) {
  const Scratch scratch;
  scratch.create("tmp/old");
  scratch.create("tmp/.dot");
  auto maildir = pop3d::Maildir::open(scratch.path());
  CHECK(maildir.ok());
  if (!maildir.ok()) return;
  pop3d::sweep_tmp(maildir.value());
  CHECK(scratch.has("tmp/old"));

  sleep(4);
  scratch.create("tmp/young");
  pop3d::sweep_tmp(maildir.value(), 2);
  CHECK(!scratch.has("tmp/old"));
  CHECK(scratch.has("tmp/young"));
  CHECK(scratch.has("tmp/.dot"));
  CHECK(scratch.has("tmp/folder"));
}

// A file system may give the inode number of a removed file to a new one.
TEST(a_deletion_spares_a_fifo_with_the_inode_number_of_its_file) {
  const Scratch scratch;
  const std::string directory = scratch.path_of("new/1.a");
  const std::string fifo = scratch.path_of("new/2.b");
  CHECK(mkdir(directory.c_str(), 0700) == 0);
  CHECK(mkfifo(fifo.c_str(), 0600) == 0);
  pop3d::ScannedFiles files;
  for (const std::string& path : {directory, fifo}) {
    struct stat odd {};
    CHECK(stat(path.c_str(), &odd) == 0);
    files.add(pop3d::Message{.folder = pop3d::Folder::New,
                             .name = path.c_str() + path.size() - 3,
                             .inode = odd.st_ino,
                             .octets = 1});
  }
  files.sort_unique();
  auto maildir = pop3d::Maildir::open(scratch.path());
  CHECK(maildir.ok());
  if (!maildir.ok()) return;
  pop3d::Mailbox mailbox(pop3d::Catalog(std::move(files)));
  mailbox.mark_deleted(0);
  mailbox.mark_deleted(1);
  pop3d::Renames renames;
  const auto result = update(maildir.value(), mailbox, renames, false);
  CHECK(result.failed == 0);
  CHECK(scratch.has("new/1.a"));
  CHECK(scratch.has("new/2.b"));
}
