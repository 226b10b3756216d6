// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/scan.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

#include "maildir-pop3d/maildir/directory.h"
#include "maildir-pop3d/maildir/filename.h"
#include "maildir-pop3d/wire/wire.h"

namespace pop3d {
namespace {

// One directory, while both are read again and again.
struct DirectoryReading {
  Folder folder;
  DirectoryWatch watch;
  size_t bytes = 0;  // of its entries, in the last reading
  bool was_one_call = false;
};

// If the last reading shows that the entries need more room, gives it, so that
// one call can take them all.
lib::Status read_once(Maildir& maildir, DirectoryReading& reading,
                      ScannedFiles& scanned) {
  constexpr size_t kMost = size_t{1} << 30U;  // the kernel's limit is at 2^31
  const int directory = maildir.folder(reading.folder);
  if (directory < 0) return {};
  std::span<char> buffer = maildir.buffer().span();
  std::optional<MappedBuffer> large;
  if (reading.bytes > buffer.size() / 2)
    buffer = large.emplace(std::min(2 * reading.bytes, kMost)).span();
  DirectoryReader reader(directory, buffer);
  DirectoryReader::Entry entry{};
  while (reader.next(entry)) {
    if (!may_be_message(directory, entry)) continue;
    if (scanned.names().full())
      return lib::Error{"hold so many messages", EOVERFLOW};
    scanned.add(reading.folder, entry.name, entry.inode);
  }
  reading.bytes = reader.total();
  reading.was_one_call = reader.was_one_call();
  return reader.status();
}

// How far a round of readings can be trusted.
struct Completeness {
  bool is_whole = true;        // each reading is
  bool has_unchanged = false;  // one directory certainly stayed as it was
  int64_t pause = 0;  // nanoseconds after which another round promises more
};

Completeness completeness_of(const Maildir& maildir,
                             std::span<const DirectoryReading> readings) {
  Completeness result;
  for (const DirectoryReading& it : readings) {
    if (it.watch.is_unchanged()) {
      result.has_unchanged = true;
      continue;
    }
    const bool in_one_moment = lists_in_one_moment(maildir.folder(it.folder));
    if (in_one_moment && it.was_one_call) continue;
    result.is_whole = false;
    // Otherwise the next round has room for one call.
    if (!in_one_moment)
      result.pause = std::max(result.pause, it.watch.unsure_for());
  }
  return result;
}

// Looks at all; returns the shortest time after which one of them can be sure.
int64_t look_at_all(std::span<DirectoryReading> readings) {
  int64_t soonest = INT64_MAX;
  for (DirectoryReading& it : readings) {
    it.watch.look();
    soonest = std::min(soonest, it.watch.unsure_for());
  }
  return soonest;
}

lib::Status read_whole(Maildir& maildir, std::span<DirectoryReading> readings,
                       ScannedFiles& scanned, Attempts& attempts) {
  const bool needs_unchanged = readings.size() > 1;
  for (;;) {
    const int64_t unsure_for = look_at_all(readings);
    if (needs_unchanged && unsure_for != 0) {
      pause_for(unsure_for);
      look_at_all(readings);
    }
    scanned = {};
    for (DirectoryReading& reading : readings) {
      lib::Status status = read_once(maildir, reading, scanned);
      if (!status.ok()) return status;
    }
    const Completeness result = completeness_of(maildir, readings);
    if (result.is_whole && (result.has_unchanged || !needs_unchanged))
      return {};
    if (!attempts.again(result.pause)) return kEverChanging;
  }
}

void set_measured(ScannedFile& file, uint64_t octets, uint32_t fingerprint) {
  file.octets = octets;
  file.fingerprint = fingerprint;
  file.measured = true;
}

// True if the name states the octets, and the file can certainly be opened.  A
// first session on 10,000 such files makes 10,000 system calls for them with
// this, 30,000 without.
bool measure_by_name(const Maildir& maildir, const NameArena& names,
                     ScannedFile& file) {
  const SizeHints hints = size_hints(names.unique(file.name));
  if (!hints.octets) return false;
  struct stat status {};
  if (!maildir.look_at(names.folder(file.name), names.name(file.name), status))
    return false;
  const auto octets = octets_hint(hints, static_cast<uint64_t>(status.st_size));
  if (!octets || !S_ISREG(status.st_mode) ||
      !maildir.is_readable_by_owner(status))
    return false;
  set_measured(file, *octets, fingerprint_of(status));
  return true;
}

lib::Status measure(Maildir& maildir, const NameArena& names,
                    ScannedFile& file) {
  if (measure_by_name(maildir, names, file)) return {};
  const auto message =
      maildir.open_file(names.folder(file.name), names.name(file.name));
  if (!message.ok()) return message.error();
  const auto hint =
      octets_hint(size_hints(names.unique(file.name)), message.value().size);
  const auto octets =
      hint ? lib::Result<uint64_t>(*hint)
           : count_octets(message.value(), maildir.buffer().span());
  if (!octets.ok()) return octets.error();
  // The fingerprint is from before counting, so that a file that grew meanwhile
  // no longer matches.
  set_measured(file, octets.value(), message.value().fingerprint);
  return {};
}

// True if the error is not about one file: every other would have it, too.
bool hides_every_file(const lib::Error& error) {
  return error.code == EMFILE || error.code == ENFILE || error.code == ENOMEM;
}

}  // namespace

lib::Status read_folder_unchecked(Maildir& maildir, Folder folder,
                                  ScannedFiles& scanned) {
  DirectoryReading once{folder, DirectoryWatch(-1)};
  return read_once(maildir, once, scanned);
}

lib::Status read_folder(Maildir& maildir, Folder folder,
                        ScannedFiles& scanned) {
  Attempts attempts;
  DirectoryReading one{folder, DirectoryWatch(maildir.folder(folder))};
  return read_whole(maildir, {&one, 1}, scanned, attempts);
}

Watches watch_folders(const Maildir& maildir) {
  return {DirectoryWatch(maildir.folder(Folder::New)),
          DirectoryWatch(maildir.folder(Folder::Cur))};
}

lib::Status read_folders(Maildir& maildir, ScannedFiles& scanned,
                         Watches& watches, Attempts& attempts) {
  std::array<DirectoryReading, 2> both{
      DirectoryReading{Folder::New, watches[0]},
      DirectoryReading{Folder::Cur, watches[1]}};
  lib::Status status = read_whole(maildir, both, scanned, attempts);
  watches = {both[0].watch, both[1].watch};
  if (status.ok()) scanned.sort_unique();
  return status;
}

lib::Result<uint64_t> count_octets(const OpenMessage& message,
                                   std::span<char> buffer) {
  OctetCounter counter;
  for (uint64_t at = 0; at < message.size;) {
    const auto chunk = read_chunk(message, at, buffer);
    if (!chunk.ok()) return chunk.error();
    counter.add(chunk.value());
    at += chunk.value().size();
  }
  return counter.total();
}

void Unreadable::add(const Unreadable& others) {
  if (count == 0) {
    first = others.first;
    why = others.why;
  }
  count += others.count;
}

MeasureResult measure_all(Maildir& maildir, ScannedFiles& scanned) {
  auto& files = scanned.files();
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < files.size(); ++i)
    if (!files[i].measured) order.push_back(i);
  if (order.empty()) return {};
  // The order of inode numbers is near the order on the disk.
  std::ranges::sort(order, {}, [&](uint32_t i) { return files[i].inode; });
  const NameArena& names = scanned.names();
  MeasureResult result;
  for (const uint32_t i : order) {
    const lib::Status status = measure(maildir, names, files[i]);
    if (status.ok()) continue;
    if (hides_every_file(status.error())) {
      result.status = status;
      break;
    }
    Unreadable& left_out =
        status.error().code == ENOENT ? result.gone : result.unreadable;
    if (left_out.count++ != 0) continue;
    left_out.first = name_of(names.folder(files[i].name));
    left_out.first.append("/").append(names.name(files[i].name));
    left_out.why = status.error();
  }
  maildir.buffer().release();
  return result;
}

}  // namespace pop3d
