// SPDX-License-Identifier: ISC
#include "maildir-pop3d/renames.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <span>

#include "maildir-pop3d/scan.h"

namespace pop3d {
namespace {

// The next sightings with the unique name that files[begin] has.
size_t end_of_run(const Sightings& seen, size_t begin) {
  const auto& files = seen.files();
  size_t end = begin + 1;
  while (end < files.size() && files[end].time == files[begin].time &&
         seen.unique(files[end]) == seen.unique(files[begin]))
    ++end;
  return end;
}

// The messages [first, last) and the files [begin, end) share a unique name.
struct Run {
  size_t first, last;
  size_t begin, end;
};

bool is_same_file(const Maildir& maildir, const Catalog& catalog, size_t n,
                  const Sightings& there, const Sighting& file) {
  struct stat status {};
  return fstatat(maildir.folder(there.names().folder(file.name)),
                 there.names().name(file.name), &status,
                 AT_SYMLINK_NOFOLLOW) == 0 &&
         fingerprint_of(status) == catalog.message(n).fingerprint;
}

void note(std::vector<size_t>* seen, size_t n) {
  if (seen != nullptr) seen->push_back(n);
}

void move_to(Catalog& catalog, size_t n, const Sightings& there,
             const Sighting& file) {
  const Folder folder = there.names().folder(file.name);
  const std::string_view name = there.names().name(file.name);
  const Message known = catalog.message(n);
  if (known.folder != folder || known.name != name)
    catalog.move(n, folder, name);
}

// One message and one file need no proof to be shown; among several of one
// unique name the file itself has to tell, because a name may have changed
// hands.
void follow_run(const Maildir& maildir, Catalog& catalog, const Run& run,
                const Sightings& there, std::vector<size_t>* seen) {
  const auto candidates =
      std::span(there.files()).subspan(run.begin, run.end - run.begin);
  if (run.last - run.first == 1 && candidates.size() == 1) {
    const Sighting& file = candidates[0];
    if (seen != nullptr &&
        (catalog.message(run.first).inode == file.inode ||
         is_same_file(maildir, catalog, run.first, there, file)))
      note(seen, run.first);
    return move_to(catalog, run.first, there, file);
  }
  for (size_t n = run.first; n < run.last; ++n) {
    const auto found =
        std::ranges::find_if(candidates, [&](const Sighting& file) {
          return is_same_file(maildir, catalog, n, there, file);
        });
    if (found == candidates.end()) continue;
    note(seen, n);
    move_to(catalog, n, there, *found);
  }
}

// Both are sorted by time and unique name: one pass over each.
void follow_all(const Maildir& maildir, Catalog& catalog,
                const Sightings& there, std::vector<size_t>* seen) {
  Run run{};
  for (; run.begin < there.files().size(); run.begin = run.end) {
    if (catalog.damaged()) return;
    run.end = end_of_run(there, run.begin);
    const Sighting& file = there.files()[run.begin];
    const auto is_before = [&](size_t n) {
      const std::string_view name = catalog.message(n).name;
      if (catalog.damaged()) return false;
      const uint64_t time = arrival_time(name);
      if (time != file.time) return time < file.time;
      return unique_part(name) < there.unique(file);
    };
    while (run.first < catalog.count() && is_before(run.first)) ++run.first;
    run.last = run.first;
    while (run.last < catalog.count() &&
           unique_part(catalog.message(run.last).name) == there.unique(file))
      ++run.last;
    if (run.last != run.first) follow_run(maildir, catalog, run, there, seen);
    run.first = run.last;
  }
}

}  // namespace

Renames::Times Renames::times_of(int directory) {
  struct stat status {};
  if (directory < 0 || fstat(directory, &status) != 0) return {};
  return {status.st_mtim, status.st_ctim};
}

bool Renames::equal(const Times& a, const Times& b) {
  return a.modified.tv_sec == b.modified.tv_sec &&
         a.modified.tv_nsec == b.modified.tv_nsec &&
         a.changed.tv_sec == b.changed.tv_sec &&
         a.changed.tv_nsec == b.changed.tv_nsec;
}

lib::Result<bool> Renames::follow(Maildir& maildir, Catalog& catalog,
                                  std::vector<size_t>* seen) {
  constexpr time_t kTickSeconds = 2;
  const Times now[2] = {times_of(maildir.folder(Folder::New)),
                        times_of(maildir.folder(Folder::Cur))};
  if (trusted_ && equal(now[0], seen_[0]) && equal(now[1], seen_[1]))
    return false;
  const time_t clock = time(nullptr);
  trusted_ = true;
  for (int i = 0; i < 2; ++i) {
    seen_[i] = now[i];
    trusted_ = trusted_ && now[i].modified.tv_sec + kTickSeconds < clock &&
               now[i].changed.tv_sec + kTickSeconds < clock;
  }
  Sightings there;
  const lib::Status read = read_folders(maildir, there);
  trusted_ = trusted_ && read.ok();
  if (!read.ok()) return read.error();
  follow_all(maildir, catalog, there, seen);
  catalog.settle_moves();
  return true;
}

}  // namespace pop3d
