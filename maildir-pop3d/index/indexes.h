// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "lib/result.h"
#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/index/format.h"
#include "maildir-pop3d/index/reader.h"
#include "maildir-pop3d/index/refresh.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/maildir/scan.h"

namespace pop3d {

// The two index files of a Maildir (doc/index-format.md), each describing one
// of its directories; a cache that may vanish at any moment.
class Indexes {
 public:
  // The session's messages: of a directory that has not changed since its
  // index was written neither names nor files are read, of another one only
  // the files that no index knows.
  lib::Result<Scan> open_mailbox(Maildir& maildir);

  // A file turned out to differ from what its index says; it may yet move
  // from one directory to the other.
  void distrust() { is_distrusted_ = true; }

  // The same, and these are the octets that the file makes.  After 1,000 of
  // them the rest is left to other sessions.
  void correct(Correction correction);

  // One of them is damaged: the next session does without.
  static void remove(const Maildir& maildir);

  // When the client has left: writes the index of each directory that is
  // not described by its own; catalog tells the octets of known messages.
  void refresh(Maildir& maildir, const Catalog& catalog);

 private:
  struct Side {
    DirectoryState state;  // when the session began
    std::optional<IndexReader> index;
    bool is_current = false;  // the index tells what the directory holds
    bool is_broken = false;   // worth nothing
  };
  Side& side(Folder folder) { return sides_[static_cast<size_t>(folder)]; }

  void reopen(Maildir& maildir, Folder folder);
  void look(Maildir& maildir, Folder folder);
  std::optional<Folder> larger_current();
  lib::Result<Scan> open_looking(Maildir& maildir);
  lib::Result<std::optional<Scan>> merge(Maildir& maildir, Folder larger);
  lib::Result<std::optional<Tally>> read_other(Maildir& maildir, Folder folder,
                                               Sightings& into);
  lib::Result<Scan> scan_both(Maildir& maildir);
  bool load(Folder folder, Sightings& into);
  void take_known(Sightings& sightings);
  // Since the session began.
  bool is_unchanged(const Maildir& maildir, Folder folder);
  bool is_due(const Maildir& maildir, Folder folder);
  bool is_known_whole(const Maildir& maildir, Folder folder);

  std::array<Side, 2> sides_;
  bool is_distrusted_ = false;
  std::vector<Correction> corrections_;
  // When the session read both directories, by local_clock(); nullopt where it
  // did not, or something was left out.
  std::optional<int64_t> read_whole_at_;
};

}  // namespace pop3d
