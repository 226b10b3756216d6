// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/result.h"
#include "lib/text/fixed_text.h"
#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/maildir/maildir.h"

// Several files of one unique name, which is the unique id of one of them.
namespace pop3d {

using FileName = lib::FixedText<kLongestName>;

// name, with its unique part made another: the same for the same file in each
// session, and for no other file.  Sorts next to name; sizes and flags in it
// stay.  Empty where that is too long.
FileName own_name(std::string_view name, uint64_t inode, uint32_t fingerprint);

// Renames each file that shares its unique name with an older one, at once:
// what a client was told by that name must never be another message.  The
// oldest is the one that an index knows by this name (already measured), else
// that of the earliest mtime; neither its content nor its mode counts.  True
// where the directories have to be read again.  Where a file cannot be renamed
// for lack of rights all stay, the oldest first, the others marked as younger.
// An error where it cannot be told which is the oldest, or anything else
// stands in the way.
lib::Result<bool> give_own_names(const Maildir& maildir, Sightings& seen);

}  // namespace pop3d
