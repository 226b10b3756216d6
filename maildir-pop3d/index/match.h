// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "maildir-pop3d/index/catalog.h"

// Files that were seen, against messages that are known (pure).
namespace pop3d {

// The session's order, as Sightings::settle() makes it: below 0 where the
// file comes before a message of this name, 0 where they share it.
int compare(const Sightings& seen, const Sighting& file, std::string_view name);

// So few files that each is looked up, rather than all passed side by side.
constexpr bool are_few(uint64_t files, uint64_t known) {
  return files < known / 64;
}

// The first from low on of the known messages (at(0) to at(count - 1), in
// session order) that the file does not come behind.  at() yields a Message,
// or one with an empty name where it cannot be read: then nullopt.
template <typename At>
std::optional<uint64_t> find_place(const Sightings& seen, const Sighting& file,
                                   uint64_t low, uint64_t count, At at) {
  uint64_t high = count;
  uint64_t next = count - 1;  // most mail is new
  while (low < high) {
    const Message known = at(next);
    if (known.name.empty()) return std::nullopt;
    if (compare(seen, file, known.name) > 0)
      low = next + 1;
    else
      high = next;
    next = low + (high - low) / 2;
  }
  return low;
}

// Fills in the octets of every file that is known by unique name and inode;
// at and count as above.  True where another file has the unique name of a
// known one.
template <typename At>
bool take_octets(Sightings& seen, uint64_t count, At at) {
  const bool few = are_few(seen.files().size(), count);
  bool has_namesake = false;
  uint64_t n = 0;
  for (Sighting& file : seen.files()) {
    if (file.measured) continue;
    if (few) {
      const auto place = find_place(seen, file, n, count, at);
      if (!place) break;
      n = *place;
    }
    Message known;
    int order = 1;
    for (; n < count; ++n) {
      known = at(n);
      if (known.name.empty()) return has_namesake;
      order = compare(seen, file, known.name);
      if (order <= 0) break;
    }
    if (n == count) break;
    has_namesake |= order == 0 && file.inode != known.inode;
    if (order != 0 || file.inode != known.inode) continue;
    file.octets = known.octets;
    file.fingerprint = known.fingerprint;
    file.measured = true;
  }
  return has_namesake;
}

// Fills in what an earlier reading, settled as well, has measured.
void take_measured(const Sightings& before, Sightings& seen);

}  // namespace pop3d
