// SPDX-License-Identifier: ISC
#include "maildir-pop3d/indexes.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "maildir-pop3d/index_writer.h"

namespace pop3d {
namespace {

constexpr std::array kFolders{Folder::New, Folder::Cur};
constexpr int64_t kNanoseconds = 1'000'000'000;
constexpr unsigned long kXfsMagic = 0x58465342;

const char* file_name(Folder folder) {
  return folder == Folder::New ? "maildir-pop3d.new" : "maildir-pop3d.cur";
}

Folder other(Folder folder) {
  return folder == Folder::New ? Folder::Cur : Folder::New;
}

// All zero for a directory that is missing.
DirectoryState state_of(int directory) {
  struct stat status {};
  if (directory < 0 || fstat(directory, &status) != 0) return {};
  return {.inode = status.st_ino,
          .mtime = int64_t{status.st_mtim.tv_sec} * kNanoseconds +
                   status.st_mtim.tv_nsec,
          .ctime = int64_t{status.st_ctim.tv_sec} * kNanoseconds +
                   status.st_ctim.tv_nsec};
}

// How long after a change another one may still bear the same time: a tick of
// the kernel's clock on the file systems that are known to take it, and what
// the coarsest servers and formats do elsewhere.  Nanoseconds.
int64_t clock_margin(int directory) {
  constexpr int64_t kTwoTicks = kNanoseconds / 50;
  constexpr int64_t kCoarse = 2 * kNanoseconds;
  struct statfs system {};
  if (fstatfs(directory, &system) != 0) return kCoarse;
  switch (static_cast<unsigned long>(system.f_type)) {
    case EXT4_SUPER_MAGIC:
    case kXfsMagic:
    case BTRFS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case F2FS_SUPER_MAGIC: return kTwoTicks;
    default: return kCoarse;
  }
}

int64_t last_change(const DirectoryState& state) {
  return std::max(state.mtime, state.ctime);
}

// The client has left and waits for nothing: an index that is written a tick
// after our own changes can be trusted at once.
void outwait(const DirectoryState& state, int64_t margin) {
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

// Session order, as Sightings::settle() sorts.
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

// Fills in the octets of every file that next() (which yields messages in
// session order, a Message with an empty name at the end) knows by unique
// name and inode.  Files that share a unique name are measured each time:
// their order depends on more than an index holds.
template <typename Next>
void take_octets(Sightings& seen, Next next) {
  Message known = next();
  for (size_t i = 0; i < seen.files().size() && !known.name.empty(); ++i) {
    Sighting& file = seen.files()[i];
    while (!known.name.empty() && compare(seen, file, known.name) > 0)
      known = next();
    if (known.name.empty() || file.measured || file.inode != known.inode ||
        compare(seen, file, known.name) != 0 || shares_name(seen, i))
      continue;
    file.octets = known.octets;
    file.fingerprint = known.fingerprint;
    file.measured = true;
  }
}

// An index describes a directory where each unique name stands once and each
// file was read.
bool is_plain(const Sightings& seen) {
  for (size_t i = 0; i < seen.files().size(); ++i)
    if (!seen.files()[i].measured || shares_name(seen, i) ||
        seen.names().has_twin(seen.files()[i].name))
      return false;
  return true;
}

void write_index(Maildir& maildir, Folder folder, const Catalog* catalog) {
  const int directory = maildir.folder(folder);
  const int64_t margin = clock_margin(directory);
  outwait(state_of(directory), margin);
  IndexWriter writer(maildir.root(), maildir.tmp());
  if (!writer.ok()) return;
  const DirectoryState before = state_of(directory);
  Sightings seen;
  if (!read_folder(maildir, folder, seen).ok()) return;
  const bool settled = state_of(directory) == before &&
                       writer.started() > last_change(before) + margin;
  seen.settle();
  size_t n = 0;
  if (catalog != nullptr)
    take_octets(seen, [&]() -> Message {
      return n < catalog->count() ? catalog->message(n++) : Message{.name = ""};
    });
  (void)measure_all(maildir, seen);
  if (seen.files().empty() || !is_plain(seen)) {
    Indexes::remove(maildir, folder);
    return;
  }
  for (const Sighting& file : seen.files())
    writer.add({.name = seen.names().name(file.name),
                .inode = file.inode,
                .octets = file.octets,
                .fingerprint = file.fingerprint});
  (void)writer.commit(file_name(folder), before, settled);
}

}  // namespace

void Indexes::remove(const Maildir& maildir, Folder folder) {
  (void)unlinkat(maildir.root(), file_name(folder), 0);
}

void Indexes::reopen(const Maildir& maildir, Folder folder) {
  auto& index = side(folder).index;
  index.reset();
  if (auto opened = IndexReader::open(maildir.root(), file_name(folder)))
    index.emplace(std::move(*opened));
}

void Indexes::look(const Maildir& maildir, Folder folder) {
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
  Tally tally;
  if (side(smaller).is_current) {
    if (!load(smaller, rest)) return std::optional<Scan>();
  } else {
    const lib::Status status = read_folder(maildir, smaller, rest);
    if (!status.ok()) return status.error();
    rest.settle();
    take_known(rest);
    tally = measure_all(maildir, rest);
    // Missing: moved meanwhile, perhaps to where we do not look again.
    const auto shares = [&](size_t i) { return shares_name(rest, i); };
    for (size_t i = 0; i < rest.files().size(); ++i)
      if (shares(i)) return std::optional<Scan>();
    if (tally.gone != 0) return std::optional<Scan>();
    rest.settle_measured();
  }
  auto catalog =
      Catalog::merge(std::move(*side(larger).index), larger, std::move(rest));
  if (!catalog) return std::optional<Scan>();
  return std::optional(Scan{std::move(*catalog), tally.unreadable});
}

lib::Result<Scan> Indexes::scan_both(Maildir& maildir) {
  for (const Folder folder : kFolders) {
    Side& it = side(folder);
    it.is_current = false;
    reopen(maildir, folder);
  }
  return scan(maildir, [this](Sightings& seen) { take_known(seen); });
}

bool Indexes::load(Folder folder, Sightings& into) {
  IndexReader& index = *side(folder).index;
  for (uint64_t n = 0; n < index.header().records; ++n) {
    const auto record = index.record(n);
    if (!record) return false;
    into.add(folder, record->name, record->inode, 0);
    Sighting& file = into.files().back();
    file.octets = record->octets;
    file.fingerprint = record->fingerprint;
    file.measured = true;
  }
  return true;
}

// A message keeps its octets when it moves from new/ to cur/: both indexes
// are asked for every file.
void Indexes::take_known(Sightings& sightings) {
  for (const Folder folder : kFolders) {
    auto& index = side(folder).index;
    if (!index) continue;
    uint64_t n = 0;
    take_octets(sightings, [&]() -> Message {
      const auto record = index->record(n++);
      if (!record) return {.name = ""};
      return {folder, record->name, record->inode, record->octets,
              record->fingerprint};
    });
  }
}

bool Indexes::is_due(const Maildir& maildir, Folder folder) {
  const int directory = maildir.folder(folder);
  if (directory < 0 || maildir.tmp() < 0) return false;
  const Side& it = side(folder);
  return it.is_outdated || !it.is_current || !(state_of(directory) == it.state);
}

void Indexes::refresh(Maildir& maildir, const Catalog& catalog) {
  bool distrusted = false;
  for (const Side& it : sides_) distrusted = distrusted || it.is_outdated;
  for (const Folder folder : kFolders)
    if (is_due(maildir, folder))
      write_index(maildir, folder,
                  distrusted || catalog.damaged() ? nullptr : &catalog);
}

}  // namespace pop3d
