// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <span>

#include "lib/result.h"

namespace lib {

// Runs as root: becomes uid and gid with exactly these supplementary groups,
// for good, in this order: groups, gid, uid, then proof that the groups are
// these, and that neither root nor the old ids can come back.  uid 0 and group
// 0 are refused (EPERM). Without root, and already that uid and gid, nothing is
// called; without root and another uid or gid: EPERM.
Status become(uid_t uid, gid_t gid, std::span<const gid_t> groups);

// No new processes from now on; false (errno) where the kernel refuses that.
bool forbid_processes();

// No core dump, no ptrace by the user that this process runs as.
void forbid_dumps();

}  // namespace lib
