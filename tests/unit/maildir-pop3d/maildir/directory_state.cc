// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/directory_state.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>

#include "lib/io/unique_fd.h"
#include "maildir-pop3d/maildir/attempts.h"
#include "tests/unit/temporary_directory.h"
#include "tests/unit/unit.h"

namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMargin = kSecond / 50;

bool later_changes_show(const pop3d::DirectoryState& state, int64_t now,
                        int64_t margin) {
  return pop3d::time_until_changes_show(state, now, margin) <= 0;
}

}  // namespace

TEST(a_change_after_the_reading_shows_if_the_last_is_old) {
  const int64_t change = 1700000000 * kSecond + 50'000'000;
  const pop3d::DirectoryState state{
      .inode = 1, .mtime = change, .ctime = change};
  CHECK(!later_changes_show(state, change, kMargin));
  CHECK(!later_changes_show(state, change + kMargin, kMargin));
  CHECK(later_changes_show(state, change + kMargin + 1, kMargin));
  CHECK(!later_changes_show(state, change - kSecond, kMargin));
}

TEST(the_later_of_both_times_counts) {
  const int64_t change = 1700000000 * kSecond + 50'000'000;
  CHECK(!later_changes_show({.inode = 1, .mtime = 5, .ctime = change},
                            change + kMargin, kMargin));
  CHECK(!later_changes_show(
      {.inode = 1, .mtime = change + kSecond, .ctime = change},
      change + kMargin + 1, kMargin));
}

TEST(times_in_whole_seconds_need_a_full_second) {
  const int64_t change = 1700000000 * kSecond;
  const pop3d::DirectoryState state{
      .inode = 1, .mtime = change, .ctime = change};
  CHECK(!later_changes_show(state, change + kSecond / 2, kMargin));
  CHECK(!later_changes_show(state, change + kSecond + kMargin, kMargin));
  CHECK(later_changes_show(state, change + kSecond + kMargin + 1, kMargin));
}

TEST(a_directory_just_changed_is_watched_until_it_is_sure) {
  const unit::TemporaryDirectory base{{"folder"}};
  const lib::UniqueFd directory(
      open((base / "folder").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  pop3d::DirectoryWatch watch(directory.get());
  CHECK(!watch.is_unchanged());
  // The second change seems to be in the future.
  for (const int64_t ahead : {0, 3600}) {
    const timespec when[2] = {{0, UTIME_OMIT}, {time(nullptr) + ahead, 1}};
    CHECK(ahead == 0 || futimens(directory.get(), when) == 0);
    watch.look();
    for (int i = 0; i < 100 && watch.unsure_for() != 0; ++i) {
      CHECK(!watch.is_unchanged());
      CHECK(watch.unsure_for() <= kMargin + kSecond);
      pop3d::pause_for(watch.unsure_for());
      watch.look();
    }
    CHECK(watch.is_unchanged());
  }
  const lib::UniqueFd file(
      open((base / "folder/file").c_str(), O_CREAT | O_WRONLY, 0600));
  CHECK(file.valid() && !watch.is_unchanged());
}

TEST(a_missing_directory_never_changes) {
  pop3d::DirectoryWatch watch(-1);
  watch.look();
  CHECK(watch.is_unchanged());
}
