// SPDX-License-Identifier: ISC
#include "maildir-pop3d/index/indexes.h"

#include <unistd.h>

#include <utility>

#include "maildir-pop3d/index/match.h"
#include "maildir-pop3d/maildir/clock.h"
#include "maildir-pop3d/maildir/own_names.h"

namespace pop3d {
namespace {

// Copies what an earlier reading has measured; both are sorted.
void copy_measured(const ScannedFiles& before, ScannedFiles& seen) {
  copy_known_octets(seen, before.files().size(), [&](uint64_t n) {
    const ScannedFile& file = before.files()[n];
    Message message = before.message(file);
    if (!file.measured) message.inode = 0;  // which no file has
    return message;
  });
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

void Indexes::open_index_of(Maildir& maildir, Folder folder) {
  auto& index = side(folder).index;
  index.reset();
  if (side(folder).is_broken) return;
  if (auto opened = open_index(maildir, folder))
    index.emplace(std::move(*opened));
}

void Indexes::examine(Maildir& maildir, Folder folder) {
  Side& it = side(folder);
  it.state = state_of(maildir.folder(folder));
  open_index_of(maildir, folder);
  it.is_current = it.index && maildir.folder(folder) >= 0 &&
                  it.index->header().settled &&
                  it.index->header().directory == it.state;
}

lib::Result<MailboxContents> Indexes::open_mailbox(Maildir& maildir) {
  for (const Folder folder : kFolders) examine(maildir, folder);
  auto merged = merge(maildir);
  if (!merged.ok()) return merged.error();
  auto contents = merged.value() ? std::move(*merged.value()) : scan(maildir);
  // The catalog has its own index by now; refresh() needs none.
  for (Side& it : sides_) it.index.reset();
  return contents;
}

// Returns nullopt if neither index is current, or if both directories have to
// be read to put them together.
lib::Result<std::optional<MailboxContents>> Indexes::merge(Maildir& maildir) {
  std::optional<Folder> larger;
  for (const Folder folder : kFolders)
    if (side(folder).is_current &&
        (!larger || side(folder).index->header().records >
                        side(*larger).index->header().records))
      larger = folder;
  if (!larger) return std::optional<MailboxContents>();
  const Folder smaller = other(*larger);
  ScannedFiles others;
  Unreadable unreadable;
  if (side(smaller).is_current) {
    if (!is_unchanged(maildir, Folder::New))
      return std::optional<MailboxContents>();
    side(smaller).is_broken = !load(smaller, others);
    if (side(smaller).is_broken) return std::optional<MailboxContents>();
  } else {
    auto read = read_beside_index(maildir, smaller, others);
    if (!read.ok()) return read.error();
    if (!read.value()) return std::optional<MailboxContents>();
    unreadable = std::move(read.value()->unreadable);
  }
  auto catalog = Catalog::merge(std::move(*side(*larger).index), *larger,
                                std::move(others));
  if (!catalog) return std::optional<MailboxContents>();
  return std::optional(
      MailboxContents{std::move(*catalog), std::move(unreadable)});
}

// Reads a directory while the index of the other one is believed.  Returns
// nullopt if the files of both have to be seen together: two files share a
// name, one has two links, or one has gone, perhaps to the other directory.
lib::Result<std::optional<MeasureResult>> Indexes::read_beside_index(
    Maildir& maildir, Folder folder, ScannedFiles& into) {
  const lib::Status status = read_folder(maildir, folder, into);
  if (!status.ok()) return status.error();
  into.sort_unique();
  if (!into.has_distinct_names()) return std::optional<MeasureResult>();
  copy_from_indexes(into);
  MeasureResult result = measure_all(maildir, into);
  if (!result.status.ok()) return result.status.error();
  if (result.gone.count != 0 || !is_unchanged(maildir, other(folder)))
    return std::optional<MeasureResult>();
  into.drop_unmeasured();
  return std::optional(std::move(result));
}

// Reads both directories until every file is measured.
lib::Result<MailboxContents> Indexes::scan(Maildir& maildir) {
  for (const Folder folder : kFolders) {
    side(folder).is_current = false;
    open_index_of(maildir, folder);
  }
  const int64_t began = local_clock();
  Attempts attempts;
  Watches watches = watch_folders(maildir);
  ScannedFiles before;
  bool is_last = false;
  do {
    ScannedFiles seen;
    const lib::Status read = read_folders(maildir, seen, watches, attempts);
    if (!read.ok()) return read.error();
    copy_from_indexes(seen);
    const auto renamed = give_own_names(maildir, seen);
    if (!renamed.ok()) return renamed.error();
    if (renamed.value()) {
      is_last = !attempts.again();
      continue;
    }
    copy_measured(before, seen);
    MeasureResult result = measure_all(maildir, seen);
    if (!result.status.ok()) return result.status.error();
    is_last = result.gone.count != 0 && !attempts.again();
    // If nothing has changed, a file that still cannot be found is a damaged
    // entry.
    const bool is_damage =
        is_last && watches[0].is_unchanged() && watches[1].is_unchanged();
    if (is_damage) result.unreadable.add(result.gone);
    if (result.gone.count == 0 || is_damage) {
      seen.drop_unmeasured();
      if (result.unreadable.count == 0) read_whole_at_ = began;
      return MailboxContents{Catalog(std::move(seen)),
                             std::move(result.unreadable)};
    }
    // The files that have gone were removed, or have other names now.
    before = std::move(seen);
  } while (!is_last);
  return kEverChanging;
}

// Takes all messages from an index.  False if it is damaged: a page, the order
// of the messages, or the sum of their octets.
bool Indexes::load(Folder folder, ScannedFiles& into) {
  IndexReader& index = *side(folder).index;
  uint64_t octets = 0;
  for (uint64_t n = 0; n < index.header().records; ++n) {
    Message message = index.record(n);
    message.folder = folder;
    if (message.name.empty() || into.names().full()) return false;
    if (n > 0 && compare_to_name(into, into.files().back(), message.name) >= 0)
      return false;
    into.add(message);
    octets += message.octets;
  }
  return octets == index.header().octets;
}

// Looks for each file in both indexes, because a message keeps its octets when
// it moves from new/ to cur/.
void Indexes::copy_from_indexes(ScannedFiles& scanned) {
  for (const Folder folder : kFolders) {
    auto& index = side(folder).index;
    if (!index) continue;
    copy_known_octets(scanned, index->header().records,
                      [&](uint64_t n) { return index->record(n); });
  }
}

// True if the directory has not changed since the session began.
bool Indexes::is_unchanged(const Maildir& maildir, Folder folder) {
  return state_of(maildir.folder(folder)) == side(folder).state;
}

// True if the directory certainly holds what the session read when it began.
// It has not changed since; and when it was read, our clock was past its last
// change, so that a later change would show.  Only if that is the clock by
// which its changes are stamped.
bool Indexes::is_known_whole(const Maildir& maildir, Folder folder) {
  const int64_t margin = clock_margin(maildir.folder(folder), maildir.tmp());
  return read_whole_at_ && !is_distrusted_ && is_unchanged(maildir, folder) &&
         margin == kLocalMargin &&
         time_until_changes_show(side(folder).state, *read_whole_at_, margin) <=
             0;
}

lib::Status Indexes::refresh(Maildir& maildir, const Catalog& catalog) {
  lib::Status first;
  // An index that holds a name says that no older file had the same name.
  if (catalog.shares_names()) return first;
  for (const Folder folder : kFolders) {
    const Side& it = side(folder);
    const bool is_due =
        maildir.folder(folder) >= 0 && maildir.tmp() >= 0 &&
        (is_distrusted_ || !it.is_current || !is_unchanged(maildir, folder));
    if (!is_due || catalog.damaged()) continue;
    if (is_known_whole(maildir, folder) &&
        write_known_index(maildir, folder, catalog, it.state))
      continue;
    // Kept for cur/: what another session has listed here may be there by now.
    if (folder == Folder::New) open_index_of(maildir, folder);
    const auto written =
        write_index(maildir, folder, catalog,
                    is_distrusted_ ? Trust::Fingerprints : Trust::Names,
                    corrections_, side(Folder::New).index);
    if (first.ok() && !written.ok())
      first = written.error().about(index_name(folder));
  }
  return first;
}

}  // namespace pop3d
