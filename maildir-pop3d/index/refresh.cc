// SPDX-License-Identifier: ISC
#include "maildir-pop3d/index/refresh.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "maildir-pop3d/index/match.h"
#include "maildir-pop3d/index/reader.h"
#include "maildir-pop3d/index/writer.h"
#include "maildir-pop3d/maildir/attempts.h"
#include "maildir-pop3d/maildir/directory_state.h"
#include "maildir-pop3d/maildir/scan.h"

namespace pop3d {
namespace {

// The client has left and waits for nothing: an index that is written a tick
// after our own changes can be trusted at once.
void outwait(const DirectoryState& state, int64_t margin) {
  constexpr int64_t kLongest = 100'000'000;
  const int64_t wait = last_change(state) + 2 * margin - local_clock();
  if (wait <= kLongest) pause_for(wait);
}

bool take_from(const Catalog& catalog, Sightings& seen) {
  return take_octets(seen, catalog.count(),
                     [&](uint64_t n) { return catalog.original(n); });
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
  if (!read_names(maildir, folder, seen).ok()) return;
  bool settled = state_of(directory) == before &&
                 later_changes_show(before, writer.started(), margin);
  seen.settle();
  const bool has_namesake = take_from(catalog, seen);
  if (has_namesake || seen.shares_names()) {
    // One has come since the session began, and the next session tells them
    // apart: the file that had the name in this one keeps it.
    seen.drop_unmeasured();
    settled = false;
  }
  settled = settled && seen.is_plain();
  correct(corrections, seen);
  if (trust == Trust::Fingerprints) forget_changed(maildir, folder, seen);
  // What cannot be measured is left out, for the next session to look at.
  (void)measure_all(maildir, seen);
  settled = settled && std::ranges::all_of(seen.files(), &Sighting::measured);
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
