// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "lib/result.h"
#include "maildir-pop3d/catalog.h"
#include "maildir-pop3d/maildir.h"

namespace pop3d {

// Files that are left out for what they are, or because they are damaged: no
// session fails for one odd file.
struct Unreadable {
  size_t count = 0;
  std::string first;  // cur/NAME, where there is one
  lib::Error why;     // of the first; code 0: it is no message
};

struct Scan {
  Catalog catalog;
  Unreadable unreadable;
  bool is_whole = false;  // every file that the directories hold is in it
};

// The octets that the whole open file makes on the wire.
lib::Result<uint64_t> count_octets(const OpenMessage& message,
                                   std::span<char> buffer);

// What is in both directories now, sorted and not measured.
lib::Status read_folders(Maildir& maildir, Sightings& sightings);
// The same of one directory, not sorted yet.
lib::Status read_folder(Maildir& maildir, Folder folder, Sightings& sightings);

// How many files had gone, or could not be read.
struct Tally {
  size_t gone = 0;
  Unreadable unreadable;
  // What stands in the way of every file (no descriptor or memory left): the
  // first such error, which ends the measuring.
  lib::Status status;
};
// Counts the octets of all that are not measured yet.
Tally measure_all(Maildir& maildir, Sightings& sightings);
lib::Result<Scan> measure_and_settle(Maildir& maildir, Sightings&& sightings);

// Reads both directories, and every message of which neither known nor its
// name tells the octets.  O(n).  known(sightings) fills in what it knows.
template <typename Known>
lib::Result<Scan> scan(Maildir& maildir, Known known) {
  Sightings sightings;
  const lib::Status status = read_folders(maildir, sightings);
  if (!status.ok()) return status.error();
  known(sightings);
  return measure_and_settle(maildir, std::move(sightings));
}

}  // namespace pop3d
