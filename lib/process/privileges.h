// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <span>

#include "lib/result.h"

namespace lib {

// Gives up root for good: sets exactly these supplementary groups, then gid,
// then uid.  Then proves that the ids and groups are these, and that root
// cannot come back.  Refuses uid 0 and group 0 (EPERM).  If the process is not
// root, nothing is changed: it succeeds if uid and gid are the process's own,
// and fails with EPERM otherwise.
Status become(uid_t uid, gid_t gid, std::span<const gid_t> groups);

// Forbids the process to fork.  Returns false on an error (errno).
bool forbid_processes();

// Forbids core dumps, and ptrace(2) by the user that this process runs as.
void forbid_dumps();

}  // namespace lib
