// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/scan.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "lib/io/io.h"
#include "maildir-pop3d/maildir/directory.h"
#include "maildir-pop3d/wire/wire.h"

namespace pop3d {
namespace {

// A reading of this size and less stays in memory: a page or two for each
// session weigh less than the system call.
constexpr size_t kKeptPages = 16384;

// What is known of one directory while both are read again and again.
struct Reading {
  Folder folder;
  DirectoryWatch watch;
  size_t bytes = 0;  // of its entries, when it was read last
  bool was_one_call = false;
};

// Into the buffer in as few calls as go.
lib::Status read_by(std::span<char> buffer, const Maildir& maildir,
                    Reading& reading, Sightings& sightings) {
  const int directory = maildir.folder(reading.folder);
  DirectoryReader reader(directory, buffer);
  DirectoryReader::Entry entry{};
  while (reader.next(entry)) {
    if (!may_be_message(directory, entry)) continue;
    if (sightings.names().full())
      return lib::Error{"hold so many messages", EOVERFLOW};
    sightings.add(reading.folder, entry.name, entry.inode);
  }
  reading.bytes = reader.total();
  reading.was_one_call = reader.was_one_call();
  return reader.status();
}

// With room for one call, if its entries are known to be so many.
lib::Status read_once(Maildir& maildir, Reading& reading,
                      Sightings& sightings) {
  constexpr size_t kMost = size_t{1} << 30U;  // the kernel's limit is at 2^31
  Pages& buffer = maildir.buffer();
  if (maildir.folder(reading.folder) < 0) return {};
  if (reading.bytes > buffer.size() / 2) {
    const Pages large(std::min(2 * reading.bytes, kMost));
    return read_by(large.span(), maildir, reading, sightings);
  }
  lib::Status status = read_by(buffer.span(), maildir, reading, sightings);
  if (reading.bytes > kKeptPages) buffer.release();
  return status;
}

// How what was read stands to what the directories held.
struct Verdict {
  bool is_whole = true;
  // One that did not change while all were read, for sure.
  bool has_constant = false;
  // After which another round promises more.
  int64_t pause = 0;
};

// A reading has every file that stayed in the directory if the directory did
// not change, or if it took one call that the file system does at one moment.
// A call that lacked room is tried again with more.
Verdict judge(const Maildir& maildir, std::span<const Reading> readings) {
  Verdict verdict;
  for (const Reading& it : readings) {
    if (it.watch.is_unchanged()) {
      verdict.has_constant = true;
      continue;
    }
    const bool in_one_moment = lists_in_one_moment(maildir.folder(it.folder));
    if (in_one_moment && it.was_one_call) continue;
    verdict.is_whole = false;
    if (!in_one_moment)
      verdict.pause = std::max(verdict.pause, it.watch.unsure_for());
  }
  return verdict;
}

void look_at_all(std::span<Reading> readings) {
  for (Reading& it : readings) it.watch.look();
}

// A message that moves from one directory to the other and back can be missed
// by readings of both that are whole.  Not if one of the two did not change
// from before the first reading until after the last: then nothing moved.
bool may_have_constant(std::span<const Reading> readings) {
  return std::ranges::any_of(
      readings, [](const Reading& it) { return it.watch.unsure_for() == 0; });
}

lib::Status read_whole(Maildir& maildir, std::span<Reading> readings,
                       Sightings& sightings, Attempts& attempts) {
  const bool needs_constant = readings.size() > 1;
  for (;;) {
    look_at_all(readings);
    if (needs_constant && !may_have_constant(readings)) {
      const auto soonest = std::ranges::min_element(
          readings, {},
          [](const Reading& it) { return it.watch.unsure_for(); });
      pause_for(soonest->watch.unsure_for());
      look_at_all(readings);
    }
    sightings = {};
    for (Reading& reading : readings) {
      lib::Status status = read_once(maildir, reading, sightings);
      if (!status.ok()) return status;
    }
    const Verdict verdict = judge(maildir, readings);
    if (verdict.is_whole && (verdict.has_constant || !needs_constant))
      return {};
    if (!attempts.again(verdict.pause)) return kEverChanging;
  }
}

// How measuring one message ended.
enum class Measured { Yes, Gone, Odd, Failed };

// What the machine lacks stands in the way of every file: an empty mailbox
// would be a lie.  Anything else (its mode, its kind, damaged blocks) is the
// file's own and hides it alone.
Measured why_not(const lib::Error& error) {
  constexpr std::array kMachine{EMFILE, ENFILE, ENOMEM};
  if (error.code == ENOENT) return Measured::Gone;
  return std::ranges::find(kMachine, error.code) == kMachine.end()
             ? Measured::Odd
             : Measured::Failed;
}

void note_unreadable(const Names& names, const Sighting& file,
                     const lib::Status& why, Unreadable& unreadable) {
  if (unreadable.count++ != 0) return;
  unreadable.first = name_of(names.folder(file.name));
  unreadable.first.append("/").append(names.name(file.name));
  unreadable.why = why.error();
}

void note(Sighting& file, uint64_t octets, uint32_t fingerprint) {
  file.octets = octets;
  file.fingerprint = fingerprint;
  file.measured = true;
}

// By its name alone: true if that told, and the file can be opened for certain.
bool measure_by_name(const Maildir& maildir, const Names& names,
                     Sighting& file) {
  const SizeHints hints = size_hints(names.unique(file.name));
  if (!hints.octets) return false;
  struct stat status {};
  if (fstatat(maildir.folder(names.folder(file.name)), names.name(file.name),
              &status, AT_SYMLINK_NOFOLLOW) != 0)
    return false;
  const auto octets = octets_hint(hints, static_cast<uint64_t>(status.st_size));
  if (!octets || !S_ISREG(status.st_mode) ||
      !maildir.is_readable_by_owner(status))
    return false;
  note(file, *octets, fingerprint_of(status));
  return true;
}

// error is set where this is not Yes.
Measured measure(Maildir& maildir, const Names& names, Sighting& file,
                 lib::Status& error) {
  if (measure_by_name(maildir, names, file)) return Measured::Yes;
  const auto message =
      maildir.open_file(names.folder(file.name), names.name(file.name));
  if (!message.ok()) {
    error = message.error();
    return why_not(message.error());
  }
  const auto hint =
      octets_hint(size_hints(names.unique(file.name)), message.value().size);
  const auto octets =
      hint ? lib::Result<uint64_t>(*hint)
           : count_octets(message.value(), maildir.buffer().span());
  if (!octets.ok()) {
    error = octets.error();
    return why_not(octets.error());
  }
  // As it was in front of the counting: what is appended meanwhile makes it
  // another file than the one that was counted.
  note(file, octets.value(), message.value().fingerprint);
  return Measured::Yes;
}

}  // namespace

void Unreadable::add(const Unreadable& others) {
  if (count == 0) {
    first = others.first;
    why = others.why;
  }
  count += others.count;
}

// In the order of inode numbers, which is near the order on the disk.
Tally measure_all(Maildir& maildir, Sightings& sightings) {
  auto& files = sightings.files();
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < files.size(); ++i)
    if (!files[i].measured) order.push_back(i);
  if (order.empty()) return {};
  std::ranges::sort(order, {}, [&](uint32_t i) { return files[i].inode; });
  Tally tally;
  for (const uint32_t i : order) {
    lib::Status error;
    const Measured result =
        measure(maildir, sightings.names(), files[i], error);
    if (result == Measured::Gone || result == Measured::Odd)
      note_unreadable(sightings.names(), files[i], error,
                      result == Measured::Gone ? tally.gone : tally.unreadable);
    if (result != Measured::Failed) continue;
    tally.status = error;
    break;
  }
  maildir.buffer().release();
  return tally;
}

lib::Status read_names(Maildir& maildir, Folder folder, Sightings& sightings) {
  Reading once{folder, DirectoryWatch(-1)};
  return read_once(maildir, once, sightings);
}

lib::Status read_folder(Maildir& maildir, Folder folder, Sightings& sightings) {
  Attempts attempts;
  Reading one{folder, DirectoryWatch(maildir.folder(folder))};
  return read_whole(maildir, {&one, 1}, sightings, attempts);
}

Watches watch_folders(const Maildir& maildir) {
  return {DirectoryWatch(maildir.folder(Folder::New)),
          DirectoryWatch(maildir.folder(Folder::Cur))};
}

lib::Status read_folders(Maildir& maildir, Sightings& sightings,
                         Watches& watches, Attempts& attempts) {
  std::array<Reading, 2> both{Reading{Folder::New, watches[0]},
                              Reading{Folder::Cur, watches[1]}};
  lib::Status status = read_whole(maildir, both, sightings, attempts);
  watches = {both[0].watch, both[1].watch};
  if (status.ok()) sightings.settle();
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

}  // namespace pop3d
