// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/result.h"
#include "maildir-pop3d/mailbox/mailbox.h"
#include "maildir-pop3d/mailbox/renames.h"
#include "maildir-pop3d/maildir/maildir.h"

// The UPDATE state (RFC 1939 section 6).
namespace pop3d {

// The first of several failures, and the message that it is about.
struct FirstFailure {
  lib::Status status;
  size_t message = 0;
};

struct UpdateResult {
  size_t failed = 0;  // messages that could not be removed
  uint64_t failed_octets = 0;
  FirstFailure removed;  // why the first of them could not
  FirstFailure moved;    // the first that could not go from new/ to cur/
  lib::Status quota;
  bool has_no_quota = false;  // maildirsize holds none, and was left alone
};

// Carries out the deletions, notes them in maildirsize and, if move_new,
// moves what the session knows in new/ to cur/.  A file that is gone already
// counts as deleted, one that was renamed is found, one that was renamed onto
// a message's name stays.
UpdateResult update(Maildir& maildir, Mailbox& mailbox, Renames& renames,
                    bool move_new);

// A delivery takes 24 hours at most; what is older was left behind.
constexpr int64_t kStaleSeconds = int64_t{36} * 3600;

// Removes from tmp/ regular files, no dotfiles, that were not read, written
// or changed for so long by the file system's own clock; looks at 1,000
// entries at most.
void sweep_tmp(Maildir& maildir, int64_t stale_seconds = kStaleSeconds);

}  // namespace pop3d
