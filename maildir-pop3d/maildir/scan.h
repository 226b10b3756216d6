// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "lib/result.h"
#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/index/match.h"
#include "maildir-pop3d/maildir/attempts.h"
#include "maildir-pop3d/maildir/directory_state.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/maildir/own_names.h"

namespace pop3d {

// Files that are left out for what they are, or because they are damaged: no
// session fails for one odd file.
struct Unreadable {
  size_t count = 0;
  std::string first;  // cur/NAME, where there is one
  lib::Error why;     // of the first; code 0: it is no message

  void add(const Unreadable& others);
};

struct Scan {
  Catalog catalog;
  Unreadable unreadable;
};

// The octets that the whole open file makes on the wire.
lib::Result<uint64_t> count_octets(const OpenMessage& message,
                                   std::span<char> buffer);

// What one pass over one directory sees, not sorted yet.  Without a check: the
// caller has to see by the directory's times that nothing changed meanwhile,
// or to do without what was renamed.
lib::Status read_names(Maildir& maildir, Folder folder, Sightings& sightings);

// The same of a directory that is read until every file that stays in it, under
// whatever names, is seen.
lib::Status read_folder(Maildir& maildir, Folder folder, Sightings& sightings);

// new/ and cur/, each as it was in front of its last reading.
using Watches = std::array<DirectoryWatch, 2>;
Watches watch_folders(const Maildir& maildir);

// Both directories, sorted and not measured: every file that stays in the
// Maildir, under whatever names in whichever of the two, is seen.  Sets
// watches.
lib::Status read_folders(Maildir& maildir, Sightings& sightings,
                         Watches& watches, Attempts& attempts);

// Which files had gone, or could not be read.
struct Tally {
  Unreadable gone;
  Unreadable unreadable;
  // What stands in the way of every file (no descriptor or memory left): the
  // first such error, which ends the measuring.
  lib::Status status;
};
// Counts the octets of all that are not measured yet.
Tally measure_all(Maildir& maildir, Sightings& sightings);

// The session's messages, from both directories and every file of which
// neither known nor its name tells the octets.  O(n log n).  known(sightings)
// fills in what it knows.
template <typename Known>
lib::Result<Scan> scan(Maildir& maildir, Known known) {
  Attempts attempts;
  Watches watches = watch_folders(maildir);
  Sightings before;
  bool is_last = false;
  do {
    Sightings seen;
    const lib::Status read = read_folders(maildir, seen, watches, attempts);
    if (!read.ok()) return read.error();
    known(seen);
    const auto renamed = give_own_names(maildir, seen);
    if (!renamed.ok()) return renamed.error();
    if (renamed.value()) {
      is_last = !attempts.again();
      continue;
    }
    take_measured(before, seen);
    Tally tally = measure_all(maildir, seen);
    if (!tally.status.ok()) return tally.status.error();
    // What cannot be found at the last attempt, although nothing has changed,
    // is a damaged entry.
    is_last = tally.gone.count != 0 && !attempts.again();
    const bool is_damage =
        is_last && watches[0].is_unchanged() && watches[1].is_unchanged();
    if (is_damage) tally.unreadable.add(tally.gone);
    if (tally.gone.count == 0 || is_damage) {
      seen.drop_unmeasured();
      return Scan{Catalog(std::move(seen)), std::move(tally.unreadable)};
    }
    // What was renamed before it could be opened is there by another name;
    // what was removed is not there any more.
    before = std::move(seen);
  } while (!is_last);
  return kEverChanging;
}

}  // namespace pop3d
