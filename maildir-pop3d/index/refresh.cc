// SPDX-License-Identifier: ISC
#include "maildir-pop3d/index/refresh.h"

#include <sys/stat.h>

#include <algorithm>

#include "maildir-pop3d/index/match.h"
#include "maildir-pop3d/index/writer.h"
#include "maildir-pop3d/maildir/directory_state.h"
#include "maildir-pop3d/maildir/scan.h"

namespace pop3d {
namespace {

// Waits until an index that is written now can be settled.  The client has
// left, so that nobody waits with us.
void outwait(const DirectoryState& state, int64_t margin) {
  constexpr int64_t kLongest = kNanoseconds / 10;
  // One margin more, for the stamp of the index file, which lags by a tick.
  const int64_t wait =
      time_until_changes_show(state, local_clock(), margin) + margin;
  if (wait <= kLongest) pause_for(wait);
}

void apply(std::span<const Correction> corrections, ScannedFiles& seen) {
  for (const Correction& known : corrections) {
    const auto found =
        std::ranges::partition_point(seen.files(), [&](const ScannedFile& it) {
          return compare_to_name(seen, it, known.unique) < 0;
        });
    if (found == seen.files().end() || found->inode != known.inode ||
        compare_to_name(seen, *found, known.unique) != 0)
      continue;
    found->octets = known.octets;
    found->fingerprint = known.fingerprint;
    found->measured = true;
  }
}

bool are_measured(const ScannedFiles& seen) {
  return std::ranges::all_of(seen.files(), &ScannedFile::measured);
}

void copy_from(std::optional<IndexReader>& index, ScannedFiles& seen) {
  if (index)
    copy_known_octets(seen, index->header().records,
                      [&](uint64_t n) { return index->record(n); });
}

// True if the message's file is still as it was measured, and can be opened.
bool is_as_measured(const Maildir& maildir, const Message& message) {
  struct stat status {};
  return maildir.look_at(message.folder, message.name.data(), status) &&
         fingerprint_of(status) == message.fingerprint &&
         (maildir.is_readable_by_owner(status) ||
          maildir.open_file(message.folder, message.name.data()).ok());
}

// True if an index that is not settled either holds just these messages.  Saves
// writing 0.75 MB after each session on 10,000 messages.
bool is_written_already(Maildir& maildir, Folder folder,
                        const ScannedFiles& seen) {
  auto index = open_index(maildir, folder);
  if (!index || index->header().settled) return false;
  uint64_t count = 0;
  uint64_t octets = 0;
  for (const ScannedFile& file : seen.files()) {
    if (!file.measured) continue;
    Message message = index->record(count++);
    message.folder = folder;
    if (message != seen.message(file)) return false;
    octets += message.octets;
  }
  return count == index->header().records && octets == index->header().octets;
}

}  // namespace

const char* index_name(Folder folder) {
  return folder == Folder::New ? "maildir-pop3d.new" : "maildir-pop3d.cur";
}

std::optional<IndexReader> open_index(Maildir& maildir, Folder folder) {
  return IndexReader::open(maildir.root(), index_name(folder),
                           maildir.buffer().span().first<kIndexPage>());
}

lib::Status write_index(Maildir& maildir, Folder folder, const Catalog& catalog,
                        Trust trust, std::span<const Correction> corrections,
                        std::optional<IndexReader>& replaced) {
  const int directory = maildir.folder(folder);
  const int64_t margin = clock_margin(directory, maildir.tmp());
  outwait(state_of(directory), margin);
  IndexWriter writer(maildir.root(), maildir.tmp());
  if (!writer.ok()) return writer.status();
  const DirectoryState before = state_of(directory);
  ScannedFiles seen;
  const auto read = read_folder_unchecked(maildir, folder, seen);
  if (!read.ok()) return read.error();
  bool settled = state_of(directory) == before &&
                 time_until_changes_show(before, writer.started(), margin) <= 0;
  seen.sort_unique();
  copy_known_octets(seen, catalog.count(),
                    [&](uint64_t n) { return catalog.original(n); });
  if (!are_measured(seen)) {
    // A file came during the session, which has not compared its name with
    // those in the other directory: an older file, whose id another session
    // has told, may have it.  If the other session has written an index, that
    // knows the older one.  The rest is left to the next session.
    for (const Folder written : kFolders) {
      auto index = open_index(maildir, written);
      copy_from(index, seen);
    }
    copy_from(replaced, seen);
    settled = settled && are_measured(seen);
    seen.drop_unmeasured();
    // The catalog and the other session's index may hold two files of one name.
    const auto rest =
        std::unique(seen.files().begin(), seen.files().end(),
                    [&](const ScannedFile& a, const ScannedFile& b) {
                      return seen.unique(a) == seen.unique(b);
                    });
    seen.files().erase(rest, seen.files().end());
  }
  settled = settled && seen.has_distinct_names();
  apply(corrections, seen);
  if (trust == Trust::Fingerprints)
    for (ScannedFile& file : seen.files())
      file.measured =
          file.measured && is_as_measured(maildir, seen.message(file));
  // Files that cannot be measured are left out.
  (void)measure_all(maildir, seen);
  settled = settled && are_measured(seen);
  if (!settled && is_written_already(maildir, folder, seen)) return {};
  for (const ScannedFile& file : seen.files())
    if (file.measured) writer.add(seen.message(file));
  (void)writer.commit(index_name(folder), before, settled);
  return writer.status();
}

// The first session on 10,000 messages: 29 million instructions with this, 44
// million if the directory is read again.
bool write_known_index(const Maildir& maildir, Folder folder,
                       const Catalog& catalog, const DirectoryState& state) {
  if (!catalog.has_distinct_names()) return false;
  IndexWriter writer(maildir.root(), maildir.tmp());
  for (size_t n = 0; n < catalog.count(); ++n) {
    const Message message = catalog.message(n);
    if (message.folder == folder) writer.add(message);
  }
  return writer.commit(index_name(folder), state, true);
}

}  // namespace pop3d
