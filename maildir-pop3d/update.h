// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/result.h"
#include "maildir-pop3d/mailbox.h"
#include "maildir-pop3d/maildir.h"
#include "maildir-pop3d/renames.h"

// The UPDATE state (RFC 1939 section 6).
namespace pop3d {

struct UpdateResult {
  size_t failed = 0;  // messages that could not be removed
  uint64_t failed_octets = 0;
  lib::Status removed;  // why the first of them could not
  lib::Status moved;    // the first that could not go from new/ to cur/
  lib::Status quota;
};

// Carries out the deletions, notes them in maildirsize and, if move_new,
// moves what the session knows in new/ to cur/.  A file that is gone already
// counts as deleted, one that was renamed is found.
UpdateResult update(Maildir& maildir, Mailbox& mailbox, Renames& renames,
                    bool move_new);

// Removes files that deliveries left behind in tmp/: regular, no dotfiles,
// not read, written or changed for 36 hours by the file system's own clock;
// looks at 1,000 entries at most.
void sweep_tmp(Maildir& maildir);

}  // namespace pop3d
