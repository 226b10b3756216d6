// SPDX-License-Identifier: ISC
#include "maildir-pop3d/index/indexes.h"

#include <unistd.h>

#include <utility>

#include "maildir-pop3d/index/match.h"
#include "maildir-pop3d/maildir/directory_state.h"

namespace pop3d {
namespace {

constexpr auto kFolders = std::to_array<Folder>({Folder::New, Folder::Cur});

Folder other(Folder folder) {
  return folder == Folder::New ? Folder::Cur : Folder::New;
}

}  // namespace

void Indexes::remove(const Maildir& maildir) {
  for (const Folder folder : kFolders)
    (void)unlinkat(maildir.root(), index_name(folder), 0);
}

void Indexes::correct(Correction correction) {
  constexpr size_t kMost = 1000;
  distrust();
  if (corrections_.size() < kMost)
    corrections_.push_back(std::move(correction));
}

void Indexes::reopen(Maildir& maildir, Folder folder) {
  auto& index = side(folder).index;
  index.reset();
  if (side(folder).is_broken) return;
  if (auto opened = open_index(maildir, folder))
    index.emplace(std::move(*opened));
}

void Indexes::look(Maildir& maildir, Folder folder) {
  Side& it = side(folder);
  it.state = state_of(maildir.folder(folder));
  reopen(maildir, folder);
  it.is_current = it.index && maildir.folder(folder) >= 0 &&
                  it.index->header().settled &&
                  it.index->header().directory == it.state;
}

std::optional<Folder> Indexes::larger_current() {
  std::optional<Folder> larger;
  for (const Folder folder : kFolders) {
    if (!side(folder).is_current) continue;
    if (!larger || side(folder).index->header().records >
                       side(*larger).index->header().records)
      larger = folder;
  }
  return larger;
}

lib::Result<Scan> Indexes::open_mailbox(Maildir& maildir) {
  auto scan = open_looking(maildir);
  // The one that the catalog does not hold has served.
  for (Side& it : sides_) it.index.reset();
  return scan;
}

lib::Result<Scan> Indexes::open_looking(Maildir& maildir) {
  // new/ first, so that a message on its way to cur/ is seen there at least.
  for (const Folder folder : kFolders) look(maildir, folder);
  if (const auto larger = larger_current()) {
    auto merged = merge(maildir, *larger);
    if (!merged.ok()) return merged.error();
    if (merged.value()) return std::move(*merged.value());
  }
  return scan_both(maildir);
}

// Nothing where the two do not go together by their indexes alone.
lib::Result<std::optional<Scan>> Indexes::merge(Maildir& maildir,
                                                Folder larger) {
  const Folder smaller = other(larger);
  Sightings rest;
  Unreadable unreadable;
  if (side(smaller).is_current) {
    // A message may have moved from cur/ to new/ between the two looks.
    if (!is_unchanged(maildir, Folder::New)) return std::optional<Scan>();
    side(smaller).is_broken = !load(smaller, rest);
    if (side(smaller).is_broken) return std::optional<Scan>();
  } else {
    auto tally = read_other(maildir, smaller, rest);
    if (!tally.ok()) return tally.error();
    if (!tally.value()) return std::optional<Scan>();
    unreadable = std::move(tally.value()->unreadable);
  }
  auto catalog =
      Catalog::merge(std::move(*side(larger).index), larger, std::move(rest));
  if (!catalog) return std::optional<Scan>();
  return std::optional(Scan{std::move(*catalog), std::move(unreadable)});
}

// Reads a directory beside one that is known; nothing where its files have
// to be seen together with the other's: two share a name, one has two links,
// or one has left for where we do not look again.
lib::Result<std::optional<Tally>> Indexes::read_other(Maildir& maildir,
                                                      Folder folder,
                                                      Sightings& into) {
  const lib::Status status = read_folder(maildir, folder, into);
  if (!status.ok()) return status.error();
  into.settle();
  if (!into.is_plain()) return std::optional<Tally>();
  take_known(into);
  Tally tally = measure_all(maildir, into);
  if (!tally.status.ok()) return tally.status.error();
  if (tally.gone.count != 0 || !is_unchanged(maildir, other(folder)))
    return std::optional<Tally>();
  into.drop_unmeasured();
  return std::optional(std::move(tally));
}

lib::Result<Scan> Indexes::scan_both(Maildir& maildir) {
  for (const Folder folder : kFolders) {
    side(folder).is_current = false;
    reopen(maildir, folder);
  }
  const int64_t now = local_clock();
  auto found = scan(maildir, [this](Sightings& seen) { take_known(seen); });
  if (found.ok() && found.value().unreadable.count == 0) read_whole_at_ = now;
  return found;
}

// False where the index is damaged, or does not add up.
bool Indexes::load(Folder folder, Sightings& into) {
  IndexReader& index = *side(folder).index;
  uint64_t octets = 0;
  for (uint64_t n = 0; n < index.header().records; ++n) {
    const auto record = index.record(n);
    if (!record || into.names().full()) return false;
    into.add(folder, record->name, record->inode);
    Sighting& file = into.files().back();
    file.octets = record->octets;
    file.fingerprint = record->fingerprint;
    file.measured = true;
    octets += record->octets;
    const size_t last = into.files().size() - 1;
    if (last > 0 && compare(into, into.files()[last - 1], record->name) >= 0)
      return false;
  }
  return octets == index.header().octets;
}

// A message keeps its octets when it moves from new/ to cur/: both indexes
// are asked for every file.
void Indexes::take_known(Sightings& sightings) {
  for (const Folder folder : kFolders) {
    auto& index = side(folder).index;
    if (!index) continue;
    take_octets(sightings, index->header().records,
                [&](uint64_t n) { return message_at(*index, folder, n); });
  }
}

bool Indexes::is_unchanged(const Maildir& maildir, Folder folder) {
  return state_of(maildir.folder(folder)) == side(folder).state;
}

bool Indexes::is_due(const Maildir& maildir, Folder folder) {
  if (maildir.folder(folder) < 0 || maildir.tmp() < 0) return false;
  const Side& it = side(folder);
  return is_distrusted_ || !it.is_current || !is_unchanged(maildir, folder);
}

// What the session read when it began is what the directory holds: nothing has
// changed since, and whatever had changed after the reading would show, because
// no change bore the times of the last one any more.
bool Indexes::is_known_whole(const Maildir& maildir, Folder folder) {
  const int directory = maildir.folder(folder);
  const DirectoryState& state = side(folder).state;
  return read_whole_at_ && !is_distrusted_ && is_unchanged(maildir, folder) &&
         is_local(directory, maildir.tmp()) &&
         later_changes_show(state, *read_whole_at_,
                            clock_margin(directory, maildir.tmp()));
}

void Indexes::refresh(Maildir& maildir, const Catalog& catalog) {
  // That an index knows a file by its name shall mean that no older one had it.
  if (catalog.shares_names()) return;
  for (const Folder folder : kFolders) {
    if (catalog.damaged() || !is_due(maildir, folder)) continue;
    if (is_known_whole(maildir, folder) &&
        write_known_index(maildir, folder, catalog, side(folder).state))
      continue;
    write_index(maildir, folder, catalog,
                is_distrusted_ ? Trust::Fingerprints : Trust::Names,
                corrections_);
  }
}

}  // namespace pop3d
