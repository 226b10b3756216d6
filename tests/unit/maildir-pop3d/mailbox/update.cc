// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/update.h"

#include <fcntl.h>
#include <unistd.h>

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
