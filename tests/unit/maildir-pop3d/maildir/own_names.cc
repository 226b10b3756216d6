// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/own_names.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <string>
#include <utility>

#include "lib/io/unique_fd.h"
#include "maildir-pop3d/maildir/scan.h"
#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

using namespace pop3d;  // NOLINT: one module under test

namespace {

class Scratch {
 public:
  Scratch() : maildir_(Maildir::open(base_.path().c_str())) {}
  [[nodiscard]] Maildir& maildir() { return maildir_.value(); }
  // modified is in seconds.
  void create(const char* name, time_t modified) const {
    const lib::UniqueFd file(
        open((base_ / name).c_str(), O_CREAT | O_WRONLY, 0600));
    const timespec times[2] = {{modified, 0}, {modified, 0}};
    CHECK(file.valid() && futimens(file.get(), times) == 0);
  }
  [[nodiscard]] uint64_t inode(const std::string& name) const {
    struct stat status {};
    return stat((base_ / name.c_str()).c_str(), &status) == 0 ? status.st_ino
                                                              : 0;
  }
  [[nodiscard]] const unit::TemporaryDirectory& base() const { return base_; }

  // A scan of the directories as they are now.
  ScannedFiles see() {
    ScannedFiles seen;
    for (const Folder folder : {Folder::New, Folder::Cur})
      CHECK(read_folder_unchecked(maildir(), folder, seen).ok());
    seen.sort_unique();
    return seen;
  }
  bool separate(ScannedFiles& seen) {
    const auto renamed = give_own_names(maildir(), seen);
    CHECK(renamed.ok());
    return renamed.ok() && renamed.value();
  }

 private:
  unit::TemporaryDirectory base_{{"new", "cur", "tmp"}};
  lib::Result<Maildir> maildir_;
};

std::string own(std::string_view name, uint64_t inode, uint32_t print) {
  return std::string(own_name(name, inode, print).view());
}

}  // namespace

TEST(an_own_name_keeps_time_sizes_and_flags) {
  CHECK_EQUAL(own("1.a", 255, 16), "1.a_ff_10");
  CHECK_EQUAL(own("1.a,S=3,W=4:2,FS", 255, 16), "1.a_ff_10,S=3,W=4:2,FS");
  CHECK_EQUAL(own(":2,S", 1, 2), "_1_2:2,S");
  const std::string room(kLongestName - 5, 'x');
  CHECK_EQUAL(own(room, 10, 11).size(), kLongestName - 1);
  CHECK_EQUAL(own(room + "x", 10, 11).size(), kLongestName);
  CHECK_EQUAL(own(room + "xx", 10, 11), "");
}

TEST(younger_files_with_one_name_get_names_of_their_own) {
  Scratch scratch;
  scratch.create("cur/1.a:2,S", 300);
  scratch.create("cur/1.a:2,F", 200);
  scratch.create("new/1.a", 100);
  scratch.create("new/2.b", 100);
  const uint64_t oldest = scratch.inode("new/1.a");
  const uint64_t other = scratch.inode("new/2.b");
  ScannedFiles seen = scratch.see();
  CHECK(seen.shares_names() && scratch.separate(seen));
  ScannedFiles again = scratch.see();
  CHECK(!again.shares_names() && !scratch.separate(again));
  CHECK_EQUAL(again.files().size(), 4U);
  CHECK_EQUAL(scratch.inode("new/1.a"), oldest);
  CHECK_EQUAL(scratch.inode("new/2.b"), other);
  std::set<std::string_view> flags;
  for (const ScannedFile& file : again.files()) {
    const std::string_view name = again.names().view(file.name);
    CHECK(name == "2.b" || name.starts_with("1.a"));
    if (name.find(':') != name.npos) flags.insert(name.substr(name.find(':')));
  }
  CHECK(flags == (std::set<std::string_view>{":2,S", ":2,F"}));
}

TEST(a_file_known_by_a_name_keeps_it_at_any_age) {
  Scratch scratch;
  scratch.create("cur/1.a:2,", 300);
  scratch.create("new/1.a", 100);
  const uint64_t known = scratch.inode("cur/1.a:2,");
  ScannedFiles seen = scratch.see();
  for (ScannedFile& file : seen.files()) file.measured = file.inode == known;
  CHECK(scratch.separate(seen));
  CHECK_EQUAL(scratch.inode("cur/1.a:2,"), known);
  CHECK_EQUAL(scratch.inode("new/1.a"), 0U);
}

TEST(two_sessions_separating_files_make_no_third_name) {
  Scratch scratch;
  scratch.create("cur/1.a:2,", 100);
  scratch.create("new/1.a", 300);
  ScannedFiles one = scratch.see();
  ScannedFiles other = scratch.see();
  CHECK(scratch.separate(one));
  const ScannedFiles between = scratch.see();
  // It notices that it has to read the directories again.
  CHECK(scratch.separate(other));
  const ScannedFiles after = scratch.see();
  CHECK_EQUAL(after.files().size(), 2U);
  for (size_t i = 0; i < 2; ++i)
    CHECK_EQUAL(after.names().view(after.files()[i].name),
                between.names().view(between.files()[i].name));
}

TEST(two_links_of_a_younger_file_stay_one_message) {
  Scratch scratch;
  scratch.create("cur/1.a:2,", 100);
  scratch.create("new/1.a", 300);
  CHECK(link((scratch.base() / "new/1.a").c_str(),
             (scratch.base() / "cur/1.a:2,S").c_str()) == 0);
  for (int i = 0; i < 3; ++i) {
    ScannedFiles seen = scratch.see();
    (void)scratch.separate(seen);
  }
  const ScannedFiles seen = scratch.see();
  CHECK_EQUAL(seen.files().size(), 2U);
  CHECK(!seen.shares_names() && !seen.has_distinct_names());
}

TEST(a_half_done_rename_by_links_is_completed) {
  Scratch scratch;
  scratch.create("new/1.a", 100);
  scratch.create("cur/1.a:2,", 300);
  ScannedFiles seen = scratch.see();
  CHECK(scratch.separate(seen));
  const ScannedFiles done = scratch.see();
  const std::string own(done.names().view(done.files()[1].name));
  CHECK(link((scratch.base() / ("cur/" + own).c_str()).c_str(),
             (scratch.base() / "cur/1.a:2,").c_str()) == 0);
  ScannedFiles again = scratch.see();
  CHECK_EQUAL(again.files().size(), 3U);
  CHECK(scratch.separate(again));
  CHECK_EQUAL(scratch.see().files().size(), 2U);
  CHECK(scratch.inode("cur/" + own) != 0);
}
