// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/directory_state.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <ctime>

namespace pop3d {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;
constexpr int64_t kTwoTicks = kNanoseconds / 50;
constexpr int64_t kCoarse = 2 * kNanoseconds;
constexpr unsigned long kXfsMagic = 0x58465342;  // not in linux/magic.h

int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * kNanoseconds + time.tv_nsec;
}

bool on_one_file_system(int a, int b) {
  struct stat first {};
  struct stat second {};
  return fstat(a, &first) == 0 && fstat(b, &second) == 0 &&
         first.st_dev == second.st_dev;
}

bool lists_in_one_moment(unsigned long system) {
  switch (system) {
    case EXT4_SUPER_MAGIC:
    case kXfsMagic:
    case TMPFS_MAGIC:
    case F2FS_SUPER_MAGIC: return true;
    default: return false;
  }
}

unsigned long file_system_of(int directory) {
  struct statfs system {};
  return fstatfs(directory, &system) == 0
             ? static_cast<unsigned long>(system.f_type)
             : 0;
}

bool stamps_by_local_clock(int directory) {
  const unsigned long system = file_system_of(directory);
  return system == BTRFS_SUPER_MAGIC || lists_in_one_moment(system);
}

int64_t clock_reading(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return nanoseconds(now);
}

// The steps in which the directory's times are counted.
int64_t step_of(const DirectoryState& state) {
  return state.ctime % kNanoseconds == 0 ? kNanoseconds : 0;
}

}  // namespace

DirectoryState state_of(int directory) {
  struct stat status {};
  if (directory < 0 || fstat(directory, &status) != 0) return {};
  return {.inode = status.st_ino,
          .mtime = nanoseconds(status.st_mtim),
          .ctime = nanoseconds(status.st_ctim)};
}

int64_t last_change(const DirectoryState& state) {
  return std::max(state.mtime, state.ctime);
}

int64_t local_clock() {
  return clock_reading(CLOCK_REALTIME_COARSE);
}

bool is_local(int directory, int tmp) {
  return stamps_by_local_clock(directory) && on_one_file_system(directory, tmp);
}

bool lists_in_one_moment(int directory) {
  return lists_in_one_moment(file_system_of(directory));
}

int64_t clock_margin(int directory, int tmp) {
  return is_local(directory, tmp) ? kTwoTicks : kCoarse;
}

bool later_changes_show(const DirectoryState& state, int64_t read_at,
                        int64_t margin) {
  return read_at > last_change(state) + step_of(state) + margin;
}

// Either the clock that stamps the directory is known to be past its last
// change; or it has gone on since we first saw that change, whatever it shows:
// a server's clock, or a time that somebody set into the future.
void DirectoryWatch::look() {
  const int64_t clock = local_clock();
  const DirectoryState state = state_of(directory_);
  if (!(state == state_)) seen_since_ = 0;
  state_ = state;
  unsure_for_ = 0;
  if (directory_ < 0) return;
  if (state.inode != 0 && later_changes_show(state, clock, kCoarse)) return;
  const int64_t now = clock_reading(CLOCK_MONOTONIC);
  if (seen_since_ == 0) seen_since_ = now;
  const int64_t whole = step_of(state) + kTwoTicks;
  int64_t left = seen_since_ + whole - now;
  if (stamps_by_local_clock(directory_))
    left = std::min(left, last_change(state) + whole + 1 - clock);
  // What cannot be looked at may have changed.
  unsure_for_ = state.inode == 0 ? whole : std::max(left, int64_t{0});
}

}  // namespace pop3d
