// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "lib/result.h"
#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/index/reader.h"
#include "maildir-pop3d/index/refresh.h"
#include "maildir-pop3d/maildir/directory_state.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/maildir/scan.h"

// This folder lists a session's messages, from index files if they are current.
// mailbox/, protocol/ and the top of maildir-pop3d may call it.
// It may call maildir/.
namespace pop3d {

// The messages of a session, and the files that it leaves out.
struct MailboxContents {
  Catalog catalog;
  Unreadable unreadable;
};

// The two index files of a Maildir (doc/index-format.md), one for new/ and one
// for cur/.  They are a cache and may vanish at any moment.
//
// When an index is believed: its directory has the inode number, mtime and
// ctime that the index holds, and the index is settled.  The writer settles it
// only if every change that it may have missed gives the directory other times
// (directory_state.h): the directory was the same before and after its names
// were read, and its last change was more than the margin before the writer
// began.  The directories also have to be believed together, because a message
// may move from one to the other between our two looks, and be in neither index
// or in both.  new/ is looked at first, so that a message on its way to cur/ is
// seen in cur/ at least.  Then the first of them is looked at again: new/ if
// both indexes are believed; if only one is, its directory, after the other has
// been read.  If that has changed, both directories are read (scan.h).
class Indexes {
 public:
  // If a directory has not changed since its index was written, nothing in it
  // is read.  Otherwise its names are read, and those files that neither index
  // knows.
  lib::Result<MailboxContents> open_mailbox(Maildir& maildir);

  // A file proved to differ from its index, whose record may also be in the
  // other index if the file has moved: refresh() looks at every file.
  void distrust() { is_distrusted_ = true; }

  // Distrusts, and keeps the octets that the file really has; those of the
  // first 1,000 such files.
  void correct(Correction correction);

  // Removes both files: one of them is damaged.
  static void remove(const Maildir& maildir);

  // After the client has left: writes the index of each directory that its
  // index does not describe.  catalog holds the octets of known messages.
  // Returns the first error; the next session works without that index.
  lib::Status refresh(Maildir& maildir, const Catalog& catalog);

 private:
  struct Side {
    DirectoryState state;  // when the session began
    std::optional<IndexReader> index;
    bool is_current = false;  // the index lists what the directory holds
    bool is_broken = false;   // the index is damaged
  };
  Side& side(Folder folder) { return sides_[static_cast<size_t>(folder)]; }

  void open_index_of(Maildir& maildir, Folder folder);
  void examine(Maildir& maildir, Folder folder);
  lib::Result<std::optional<MailboxContents>> merge(Maildir& maildir);
  lib::Result<std::optional<MeasureResult>> read_beside_index(
      Maildir& maildir, Folder folder, ScannedFiles& into);
  lib::Result<MailboxContents> scan(Maildir& maildir);
  bool load(Folder folder, ScannedFiles& into);
  void copy_from_indexes(ScannedFiles& scanned);
  bool is_unchanged(const Maildir& maildir, Folder folder);
  bool is_known_whole(const Maildir& maildir, Folder folder);

  std::array<Side, 2> sides_;
  bool is_distrusted_ = false;
  std::vector<Correction> corrections_;
  // When the session read both directories and left nothing out, by
  // local_clock(); nullopt if it did not.
  std::optional<int64_t> read_whole_at_;
};

}  // namespace pop3d
