// SPDX-License-Identifier: ISC
#include "maildir-pop3d/directory_state.h"
#include "tests/unit/unit.h"

using pop3d::later_changes_show;

namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMargin = kSecond / 50;

}  // namespace

TEST(a_change_after_the_reading_shows_where_the_last_one_is_long_past) {
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

TEST(where_times_are_in_seconds_no_later_change_is_sure_to_show) {
  const int64_t change = 1700000000 * kSecond;
  const pop3d::DirectoryState state{
      .inode = 1, .mtime = change, .ctime = change};
  CHECK(!later_changes_show(state, change + kSecond / 2, kMargin));
  CHECK(!later_changes_show(state, change + 10 * kSecond, kMargin));
}
