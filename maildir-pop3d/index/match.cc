// SPDX-License-Identifier: ISC
#include "maildir-pop3d/index/match.h"

#include "lib/text/byte_search.h"

namespace pop3d {

int compare(const Sightings& seen, const Sighting& file,
            std::string_view name) {
  const std::string_view own = seen.unique(file);
  const std::string_view other = unique_part(name);
  if (lib::are_equal(own, other)) return 0;
  const uint64_t time = arrival_time(name);
  if (file.time != time) return file.time < time ? -1 : 1;
  return lib::compare_bytes(own, other);
}

void take_measured(const Sightings& before, Sightings& seen) {
  take_octets(seen, before.files().size(), [&](uint64_t n) {
    const Sighting& file = before.files()[n];
    // No file has the number 0.
    return Message{.folder = before.names().folder(file.name),
                   .name = before.names().view(file.name),
                   .inode = file.measured ? file.inode : 0,
                   .octets = file.octets,
                   .fingerprint = file.fingerprint};
  });
}

}  // namespace pop3d
