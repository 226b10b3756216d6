// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/result.h"
#include "maildir-pop3d/catalog.h"
#include "maildir-pop3d/maildir.h"

namespace pop3d {

struct Scan {
  Catalog catalog;
  size_t unreadable = 0;  // left out: no session fails for one odd file
};

// Reads both directories, and every message whose name does not tell its
// octets.  O(n): the room of an index is in front of this.
lib::Result<Scan> scan(Maildir& maildir);

// The octets that the whole open file makes on the wire.
lib::Result<uint64_t> count_octets(const OpenMessage& message,
                                   std::span<char> buffer);

// What is in both directories now, sorted and not measured.
lib::Status read_folders(Maildir& maildir, Sightings& sightings);

}  // namespace pop3d
