// SPDX-License-Identifier: ISC
#include "maildir-pop3d/directory_state.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <ctime>

namespace pop3d {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;
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
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return nanoseconds(now);
}

bool is_local(int directory, int tmp) {
  struct statfs system {};
  if (fstatfs(directory, &system) != 0 || !on_one_file_system(directory, tmp))
    return false;
  switch (static_cast<unsigned long>(system.f_type)) {
    case EXT4_SUPER_MAGIC:
    case kXfsMagic:
    case BTRFS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case F2FS_SUPER_MAGIC: return true;
    default: return false;
  }
}

int64_t clock_margin(int directory, int tmp) {
  constexpr int64_t kTwoTicks = kNanoseconds / 50;
  constexpr int64_t kCoarse = 2 * kNanoseconds;
  return is_local(directory, tmp) ? kTwoTicks : kCoarse;
}

bool later_changes_show(const DirectoryState& state, int64_t read_at,
                        int64_t margin) {
  return state.ctime % kNanoseconds != 0 &&
         read_at > last_change(state) + margin;
}

}  // namespace pop3d
