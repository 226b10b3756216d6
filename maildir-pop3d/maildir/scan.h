// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "lib/result.h"
#include "maildir-pop3d/maildir/attempts.h"
#include "maildir-pop3d/maildir/directory_state.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/maildir/scanned_files.h"

// Reads the names in a Maildir, and counts octets, while other programs rename,
// remove and deliver messages.
//
// A message that stays in the Maildir must not be missed, or clients forget
// its unique id and fetch it again.  But one pass over a directory can miss it:
// while several calls list the directory, a file can be renamed from the part
// that is still to come to the part that is done.  So a reading of a directory
// counts as whole only if the directory certainly did not change meanwhile
// (directory_state.h), or if one call listed it all on a file system that holds
// back changes until the call returns.  And even two whole readings can miss a
// message that moves from one directory to the other and back.  So one of the
// two must certainly not have changed from before the first reading until after
// the second: then nothing moved between them.  Otherwise both are read again.
namespace pop3d {

// Reads a directory once.  It is for the caller to see by the directory's times
// that nothing changed meanwhile, or to do without files that were renamed.
// scanned is not sorted yet.
lib::Status read_folder_unchecked(Maildir& maildir, Folder folder,
                                  ScannedFiles& scanned);

// Reads a directory again until the reading is whole.  scanned is not sorted
// yet.
lib::Status read_folder(Maildir& maildir, Folder folder, ScannedFiles& scanned);

// new/ and cur/
using Watches = std::array<DirectoryWatch, 2>;
Watches watch_folders(const Maildir& maildir);

// Reads both directories again until no message that stays in the Maildir can
// have been missed.  Sorts.  Sets watches to the state before the last reading.
lib::Status read_folders(Maildir& maildir, ScannedFiles& scanned,
                         Watches& watches, Attempts& attempts);

// The octets of the whole message on the wire.
lib::Result<uint64_t> count_octets(const OpenMessage& message,
                                   std::span<char> buffer);

// Files that are left out because they are not messages or cannot be read.
struct Unreadable {
  size_t count = 0;
  std::string first;  // cur/NAME of the first of them
  lib::Error why;     // of the first; code 0: it is not a message

  void add(const Unreadable& others);
};

struct MeasureResult {
  Unreadable gone;  // renamed or removed since their names were read
  Unreadable unreadable;
  // Not ok if descriptors or memory ran out, which would hide every file: an
  // empty mailbox would be a lie.  The rest was not measured then.
  lib::Status status;
};
// Counts the octets of the files that are not measured yet, or takes them from
// the name.
MeasureResult measure_all(Maildir& maildir, ScannedFiles& scanned);

}  // namespace pop3d
