// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/directory_state.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>

namespace pop3d {
namespace {

constexpr int64_t kCoarse = 2 * kNanoseconds;
constexpr unsigned long kXfsMagic = 0x58465342;  // not in linux/magic.h

unsigned long file_system_of(int directory) {
  struct statfs system {};
  return fstatfs(directory, &system) == 0
             ? static_cast<unsigned long>(system.f_type)
             : 0;
}

bool are_on_one_file_system(int a, int b) {
  struct stat first {};
  struct stat second {};
  return fstat(a, &first) == 0 && fstat(b, &second) == 0 &&
         first.st_dev == second.st_dev;
}

int64_t nanoseconds_of(const struct statx_timestamp& time) {
  return nanoseconds({.tv_sec = time.tv_sec, .tv_nsec = time.tv_nsec});
}

// The steps in which the directory's times are counted.
int64_t step_of(const DirectoryState& state) {
  return state.ctime % kNanoseconds == 0 ? kNanoseconds : 0;
}

}  // namespace

DirectoryState state_of(int directory) {
  // fstat may answer from what a network or FUSE file system told this machine
  // up to a second ago (NFS: a minute).  musl 1.2.3 has no statx.
  struct statx status {};
  if (directory < 0 ||
      syscall(SYS_statx, directory, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC,
              STATX_INO | STATX_MTIME | STATX_CTIME, &status) != 0)
    return {};
  return {.inode = status.stx_ino,
          .mtime = nanoseconds_of(status.stx_mtime),
          .ctime = nanoseconds_of(status.stx_ctime)};
}

bool lists_in_one_moment(int directory) {
  switch (file_system_of(directory)) {
    case EXT4_SUPER_MAGIC:
    case kXfsMagic:
    case TMPFS_MAGIC:
    case F2FS_SUPER_MAGIC: return true;
    default: return false;
  }
}

int64_t clock_margin(int directory) {
  return lists_in_one_moment(directory) ||
                 file_system_of(directory) == BTRFS_SUPER_MAGIC
             ? kLocalMargin
             : kCoarse;
}

int64_t clock_margin(int directory, int tmp) {
  return are_on_one_file_system(directory, tmp) ? clock_margin(directory)
                                                : kCoarse;
}

int64_t time_until_changes_show(const DirectoryState& state, int64_t now,
                                int64_t margin) {
  const int64_t last_change = std::max(state.mtime, state.ctime);
  return last_change + step_of(state) + margin + 1 - now;
}

void DirectoryWatch::look() {
  const int64_t clock = local_clock();
  const DirectoryState state = state_of(directory_);
  if (!(state == state_)) seen_since_ = 0;
  state_ = state;
  unsure_for_ = 0;
  if (directory_ < 0) return;
  const int64_t whole = step_of(state) + kLocalMargin;
  if (state.inode == 0) {
    // It cannot be examined, so it may have changed.
    unsure_for_ = whole;
    return;
  }
  const int64_t by_clock =
      time_until_changes_show(state, clock, clock_margin(directory_));
  if (by_clock <= 0) return;
  const int64_t now = clock_reading(CLOCK_MONOTONIC);
  if (seen_since_ == 0) seen_since_ = now;
  unsure_for_ = std::clamp(seen_since_ + whole - now, int64_t{0}, by_clock);
}

}  // namespace pop3d
