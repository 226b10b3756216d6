// SPDX-License-Identifier: ISC
#include "maildir-pop3d/known.h"

#include "lib/byte_search.h"

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

bool shares_name(const Sightings& seen, size_t i) {
  const auto& files = seen.files();
  const auto same = [&](size_t k) {
    return files[i].time == files[k].time &&
           lib::are_equal(seen.unique(files[i]), seen.unique(files[k]));
  };
  return (i > 0 && same(i - 1)) || (i + 1 < files.size() && same(i + 1));
}

}  // namespace pop3d
