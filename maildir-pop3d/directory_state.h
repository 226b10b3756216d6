// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>

#include "maildir-pop3d/index_format.h"

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

// How much later than the directory's last change a file in tmp must have
// been made for every later change to bear another time, nanoseconds.  Where
// both are on one local file system they take the same clock in the same
// steps, and a tick of it would do; two seconds cover network servers and
// formats that count so.
int64_t clock_margin(int directory, int tmp);

// Whether each change after read_at, by local_clock(), gives other times to a
// directory that has these.  Not known where they are in whole seconds: so do
// some file systems stamp (ext4 with small inodes), and then a change within
// the second bears the same.
bool later_changes_show(const DirectoryState& state, int64_t read_at,
                        int64_t margin);

}  // namespace pop3d
