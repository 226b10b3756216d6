// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>

#include "maildir-pop3d/index/format.h"

// How a change of a directory shows in its times.
namespace pop3d {

// All zero for a descriptor of -1.
DirectoryState state_of(int directory);

// Nanoseconds since the epoch, as DirectoryState.
int64_t last_change(const DirectoryState& state);

// The file systems' own clock, as they stamp what changes on this machine.
int64_t local_clock();

// Whether the directory and tmp are on one file system that is known to stamp
// by that clock.
bool is_local(int directory, int tmp);

// Whether one getdents64 call that has room for all entries is known to see
// them as they are at one moment: the file system holds back every change
// until the call returns, and reads nothing ahead when the directory is opened
// or rewound (Btrfs does).
bool lists_in_one_moment(int directory);

// How much later than the directory's last change a file in tmp must have
// been made for every later change to bear another time, nanoseconds.  Where
// both are on one local file system they take the same clock in the same
// steps, and a tick of it would do; two seconds cover network servers and
// formats that count so.
int64_t clock_margin(int directory, int tmp);

// Whether each change after read_at, by the clock that stamps the directory,
// gives other times to a directory that has these.  Times in whole seconds are
// taken for those of a file system that knows no others (ext4 with small
// inodes): all changes within one second look alike there.
bool later_changes_show(const DirectoryState& state, int64_t read_at,
                        int64_t margin);

// A directory that is watched for changes.
class DirectoryWatch {
 public:
  explicit DirectoryWatch(int directory) : directory_(directory) {}

  // The first time, or again.
  void look();
  // 0 if each change after the last look gives the directory other times; else
  // for how long, nanoseconds, it must be looked at and not change before that
  // is so.
  [[nodiscard]] int64_t unsure_for() const { return unsure_for_; }
  // Nothing has changed since the last look, for sure.
  [[nodiscard]] bool is_unchanged() const {
    return unsure_for_ == 0 && state_of(directory_) == state_;
  }

 private:
  int directory_;
  DirectoryState state_;
  int64_t seen_since_ = 0;  // monotonic; 0 until that is of interest
  int64_t unsure_for_ = INT64_MAX;
};

}  // namespace pop3d
