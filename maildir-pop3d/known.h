// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <string_view>

#include "maildir-pop3d/catalog.h"

// Files that were seen, against messages that are known (pure).
namespace pop3d {

// The session's order, as Sightings::settle() makes it: below 0 where the
// file comes before a message of this name, 0 where they share it.
int compare(const Sightings& seen, const Sighting& file, std::string_view name);

// Another of the sightings, which are settled, has the unique name of file i.
bool shares_name(const Sightings& seen, size_t i);

// Fills in the octets of every file that next() knows by unique name and
// inode.  next() yields messages in session order, at the end one with an
// empty name.  Files that share a unique name are left to be measured: their
// order depends on more than is known of them.
template <typename Next>
void take_octets(Sightings& seen, Next next) {
  Message known = next();
  for (size_t i = 0; i < seen.files().size() && !known.name.empty(); ++i) {
    Sighting& file = seen.files()[i];
    while (!known.name.empty() && compare(seen, file, known.name) > 0)
      known = next();
    if (known.name.empty() || file.measured || file.inode != known.inode ||
        compare(seen, file, known.name) != 0 || shares_name(seen, i))
      continue;
    file.octets = known.octets;
    file.fingerprint = known.fingerprint;
    file.measured = true;
  }
}

}  // namespace pop3d
