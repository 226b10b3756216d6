// SPDX-License-Identifier: ISC
#include "maildir-pop3d/index_refresh.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "maildir-pop3d/directory_state.h"
#include "maildir-pop3d/index_reader.h"
#include "maildir-pop3d/index_writer.h"
#include "maildir-pop3d/known.h"
#include "maildir-pop3d/scan.h"

namespace pop3d {
namespace {

// The client has left and waits for nothing: an index that is written a tick
// after our own changes can be trusted at once.
void outwait(const DirectoryState& state, int64_t margin) {
  constexpr int64_t kNanoseconds = 1'000'000'000;
  constexpr int64_t kLongest = kNanoseconds / 10;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const int64_t until = last_change(state) + 2 * margin;
  const int64_t wait =
      until - (int64_t{now.tv_sec} * kNanoseconds + now.tv_nsec);
  if (wait <= 0 || wait > kLongest) return;
  const timespec pause{.tv_sec = 0, .tv_nsec = wait};
  nanosleep(&pause, nullptr);
}

void take_from(const Catalog& catalog, Sightings& seen) {
  take_octets(seen, catalog.count(),
              [&](uint64_t n) { return catalog.message(n); });
}

void correct(std::span<const Correction> corrections, Sightings& seen) {
  for (const Correction& known : corrections) {
    const auto found =
        std::ranges::partition_point(seen.files(), [&](const Sighting& file) {
          return compare(seen, file, known.unique) < 0;
        });
    if (found == seen.files().end() || found->inode != known.inode ||
        compare(seen, *found, known.unique) != 0)
      continue;
    found->octets = known.octets;
    found->fingerprint = known.fingerprint;
    found->measured = true;
  }
}

bool is_as_measured(const Maildir& maildir, Folder folder, const char* name,
                    uint32_t fingerprint) {
  struct stat status {};
  return fstatat(maildir.folder(folder), name, &status, AT_SYMLINK_NOFOLLOW) ==
             0 &&
         fingerprint_of(status) == fingerprint &&
         (maildir.is_readable_by_owner(status) ||
          maildir.open_file(folder, name).ok());
}

// Leaves to be measured again what has changed since it was, or cannot be
// opened any more.
void forget_changed(const Maildir& maildir, Folder folder, Sightings& seen) {
  for (Sighting& file : seen.files())
    file.measured =
        file.measured &&
        is_as_measured(maildir, folder, seen.names().name(file.name),
                       file.fingerprint);
}

// Which of several files of one unique name comes first only the files tell,
// anew each time.  True where there were such.
bool drop_ambiguous(Sightings& seen) {
  auto& files = seen.files();
  std::vector<bool> is_shared(files.size());
  for (size_t i = 0; i < files.size(); ++i) is_shared[i] = shares_name(seen, i);
  size_t kept = 0;
  for (size_t i = 0; i < files.size(); ++i)
    if (!is_shared[i]) files[kept++] = files[i];
  files.resize(kept);
  return kept != is_shared.size();
}

// No file but has been measured and has one name: the others have to be seen
// in the directory itself.
bool is_plain(const Sightings& seen) {
  return std::ranges::all_of(seen.files(), [&](const Sighting& file) {
    return file.measured && !seen.names().has_twin(file.name);
  });
}

IndexRecord record_of(const Sightings& seen, const Sighting& file) {
  return {.name = seen.names().view(file.name),
          .inode = file.inode,
          .octets = file.octets,
          .fingerprint = file.fingerprint};
}

void add_all(const Sightings& seen, IndexWriter& writer) {
  for (const Sighting& file : seen.files())
    if (file.measured) writer.add(record_of(seen, file));
}

// The index that is there holds just this and is not settled either: then its
// times do not count, and each session of a directory that cannot be settled
// would write the same again.
bool says_the_same(IndexReader& index, const Sightings& seen) {
  if (index.header().settled) return false;
  uint64_t count = 0;
  uint64_t octets = 0;
  for (const Sighting& file : seen.files()) {
    if (!file.measured) continue;
    const auto record = index.record(count++);
    if (!record || *record != record_of(seen, file)) return false;
    octets += record->octets;
  }
  return count == index.header().records && octets == index.header().octets;
}

bool is_written_already(Maildir& maildir, Folder folder,
                        const Sightings& seen) {
  auto index = open_index(maildir, folder);
  return index && says_the_same(*index, seen);
}

}  // namespace

const char* index_name(Folder folder) {
  return folder == Folder::New ? "maildir-pop3d.new" : "maildir-pop3d.cur";
}

std::optional<IndexReader> open_index(Maildir& maildir, Folder folder) {
  return IndexReader::open(maildir.root(), index_name(folder),
                           maildir.buffer().span().first<kIndexPage>());
}

void write_index(Maildir& maildir, Folder folder, const Catalog& catalog,
                 Trust trust, std::span<const Correction> corrections) {
  const int directory = maildir.folder(folder);
  const int64_t margin = clock_margin(directory, maildir.tmp());
  outwait(state_of(directory), margin);
  IndexWriter writer(maildir.root(), maildir.tmp());
  if (!writer.ok()) return;
  const DirectoryState before = state_of(directory);
  Sightings seen;
  if (!read_folder(maildir, folder, seen).ok()) return;
  bool settled = state_of(directory) == before &&
                 writer.started() > last_change(before) + margin;
  seen.settle();
  settled = !drop_ambiguous(seen) && settled;
  take_from(catalog, seen);
  correct(corrections, seen);
  if (trust == Trust::Fingerprints) forget_changed(maildir, folder, seen);
  // What cannot be measured is left out, for the next session to look at.
  (void)measure_all(maildir, seen);
  settled = settled && is_plain(seen);
  if (!settled && is_written_already(maildir, folder, seen)) return;
  add_all(seen, writer);
  (void)writer.commit(index_name(folder), before, settled);
}

bool write_known_index(const Maildir& maildir, Folder folder,
                       const Catalog& catalog, const DirectoryState& state) {
  // Before a byte is written, and in each session.
  if (!catalog.is_plain()) return false;
  IndexWriter writer(maildir.root(), maildir.tmp());
  for (size_t n = 0; n < catalog.count(); ++n) {
    const Message message = catalog.message(n);
    if (message.folder == folder)
      writer.add({.name = message.name,
                  .inode = message.inode,
                  .octets = message.octets,
                  .fingerprint = message.fingerprint});
  }
  return writer.commit(index_name(folder), state, true);
}

}  // namespace pop3d
