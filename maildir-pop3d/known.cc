// SPDX-License-Identifier: ISC
#include "maildir-pop3d/known.h"

namespace pop3d {

int compare(const Sightings& seen, const Sighting& file,
            std::string_view name) {
  const uint64_t time = arrival_time(name);
  if (file.time != time) return file.time < time ? -1 : 1;
  return seen.unique(file).compare(unique_part(name));
}

bool shares_name(const Sightings& seen, size_t i) {
  const auto& files = seen.files();
  const auto same = [&](size_t k) {
    return files[i].time == files[k].time &&
           seen.unique(files[i]) == seen.unique(files[k]);
  };
  return (i > 0 && same(i - 1)) || (i + 1 < files.size() && same(i + 1));
}

}  // namespace pop3d
