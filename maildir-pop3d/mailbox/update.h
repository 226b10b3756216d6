// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/result.h"
#include "maildir-pop3d/mailbox/mailbox.h"
#include "maildir-pop3d/mailbox/renames.h"
#include "maildir-pop3d/maildir/maildir.h"

// The UPDATE state (RFC 1939 section 6).
namespace pop3d {

// The first of several failures, and its message.
struct FirstFailure {
  lib::Status status;
  size_t message = 0;
};

struct UpdateResult {
  size_t failed = 0;  // messages that could not be removed
  uint64_t failed_octets = 0;
  FirstFailure removed;          // of those
  FirstFailure moved;            // from new/ to cur/
  lib::Status quota;             // not ok: maildirsize could not be updated
  bool has_no_quota = false;     // maildirsize holds no quota; not changed
  std::vector<size_t> unlinked;  // messages whose files were removed, if wanted
};

// Removes the messages that are marked as deleted, records that in maildirsize
// and, if move_new, moves the session's messages in new/ to cur/.  Files that
// are gone already count as deleted.  Finds files that were renamed.  Spares
// files that were renamed onto a message's name.
UpdateResult update(Maildir& maildir, Mailbox& mailbox, Renames& renames,
                    bool move_new, bool wants_unlinked = false);

// A delivery takes 24 hours at most; older files in tmp/ are abandoned.
constexpr int64_t kStaleSeconds = int64_t{36} * 3600;

// Removes files from tmp/ that nobody has read, written or changed for so long,
// by the file system's own clock.  Spares files whose names begin with a dot.
// Looks at 1,000 entries at most.
void sweep_tmp(Maildir& maildir, int64_t stale_seconds = kStaleSeconds);

}  // namespace pop3d
