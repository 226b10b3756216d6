// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/result.h"
#include "lib/text/fixed_text.h"
#include "maildir-pop3d/maildir/filename.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/maildir/scanned_files.h"

// Gives files that share a unique name unique names of their own.
//
// The unique name is the message's unique id, so an id that a client was told
// must never become another message's.  The oldest file keeps the name: the
// one that an index knows by it, else the one with the earliest mtime.  The
// others are renamed at once, before a client sees them.
namespace pop3d {

using FileName = lib::FixedText<kLongestName>;

// Returns name with a unique part that only this file has, the same in each
// session.  Keeps the time, the sizes and the flags, and sorts next to name.
// Empty if the new name would be too long.
FileName own_name(std::string_view name, uint64_t inode, uint32_t fingerprint);

// Renames the file to its own_name().  False if it has to keep its name, for
// lack of rights; an error if that fails in any other way.
lib::Result<bool> give_own_name(int directory, const char* name, uint64_t inode,
                                uint32_t fingerprint);

// files are sorted; those that an index knows are already measured.  True if
// something was renamed, so that the directories have to be read again.  If a
// file cannot be renamed for lack of rights it keeps its name; files has the
// oldest first, and the others marked as younger.  An error if the oldest
// cannot be determined, or a rename fails in any other way.
lib::Result<bool> give_own_names(const Maildir& maildir, ScannedFiles& files);

}  // namespace pop3d
