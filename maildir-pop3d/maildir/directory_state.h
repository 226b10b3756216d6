// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>

#include "maildir-pop3d/maildir/clock.h"

// Tells whether a directory has changed, from its inode number and times.
//
// The file system sets mtime and ctime of a directory to its own clock at each
// change, but the clock goes in steps: two changes within one step leave the
// same times.  So times that are equal prove nothing until that clock is past
// the directory's last change; from then on a change bears other times.  How
// far past is the margin: two ticks if the file system is known to stamp by
// this machine's clock, two seconds for servers and formats that count
// coarsely.  If the last change is stamped with a whole second, the file system
// is taken for one that knows only seconds (ext4 with small inodes): it needs
// one more.
namespace pop3d {

// Unchanged means that all are equal.  Nanoseconds since the epoch.
struct DirectoryState {
  uint64_t inode = 0;
  int64_t mtime = 0;
  int64_t ctime = 0;

  bool operator==(const DirectoryState&) const = default;
};

// Asks a network file system's server, not what this machine remembers.  All
// zero if the descriptor is -1 or cannot be examined.
DirectoryState state_of(int directory);

// The margin if the directory's file system stamps by this machine's clock: two
// ticks of it.
constexpr int64_t kLocalMargin = kNanoseconds / 50;

// The margin for times that local_clock() tells, nanoseconds.
int64_t clock_margin(int directory);

// The margin for the stamps of files in tmp: kLocalMargin only if both are on
// one file system, and so have one clock.
int64_t clock_margin(int directory, int tmp);

// How long from now on, by the clock that stamps the directory, until every
// change gives it other times than these, nanoseconds; 0 or less if every
// change does already.
int64_t time_until_changes_show(const DirectoryState& state, int64_t now,
                                int64_t margin);

// True if one call of getdents64 that has room for all entries sees them as
// they are at one moment: the file system holds back every change until the
// call returns, and reads nothing ahead when the directory is opened or rewound
// (Btrfs does).
bool lists_in_one_moment(int directory);

// A directory that is watched for changes.  If its clock is not this machine's,
// or somebody set its times into the future, the margin would never be over.
// So it is enough, too, that the directory keeps its times while two ticks (and
// the whole second, see above) pass: its clock went on meanwhile.
class DirectoryWatch {
 public:
  explicit DirectoryWatch(int directory) : directory_(directory) {}

  // Remembers the directory's state.
  void look();
  // 0 if each change after the last look gives the directory other times.
  // Otherwise look again after so many nanoseconds; if nothing has changed by
  // then, it is 0.
  [[nodiscard]] int64_t unsure_for() const { return unsure_for_; }
  // True if certainly nothing has changed since the last look.
  [[nodiscard]] bool is_unchanged() const {
    return unsure_for_ == 0 && state_of(directory_) == state_;
  }

 private:
  int directory_;
  DirectoryState state_;
  int64_t seen_since_ =
      0;  // monotonic, when state_ was first seen; 0: not kept
  int64_t unsure_for_ = INT64_MAX;
};

}  // namespace pop3d
