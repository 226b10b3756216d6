// SPDX-License-Identifier: ISC
#include "maildir-pop3d/scan.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "lib/io.h"
#include "maildir-pop3d/directory.h"
#include "maildir-pop3d/wire.h"

namespace pop3d {
namespace {

// A reading of this size and less stays in memory: a page or two for each
// session weigh less than the system call.
constexpr size_t kKeptPages = 16384;
constexpr uint32_t kReadings = 3;
constexpr int kLooks = 3;

bool same_times(const struct stat& a, const struct stat& b) {
  return a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
         a.st_ctim.tv_sec == b.st_ctim.tv_sec &&
         a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

lib::Status read_once(Maildir& maildir, Folder folder, uint32_t pass,
                      Sightings& sightings) {
  const int directory = maildir.folder(folder);
  DirectoryReader reader(directory, maildir.buffer().span());
  DirectoryReader::Entry entry{};
  while (reader.next(entry)) {
    if (!may_be_message(directory, entry)) continue;
    if (sightings.names().full())
      return lib::Error{"hold so many messages", EOVERFLOW};
    sightings.add(folder, entry.name, entry.inode, pass);
  }
  if (reader.touched() > kKeptPages) maildir.buffer().release();
  return reader.status();
}

// Of one directory, and how it looked in front of the last.
struct Readings {
  uint32_t count = 0;
  struct stat state {};
};

// While other programs rename files readdir can miss one that was there all
// the time: a directory that changed meanwhile is read again, and what any
// reading saw counts.  Nothing where it has not changed since the last
// reading; pass numbers the readings of both.
lib::Status read_what_changed(Maildir& maildir, Folder folder, uint32_t& pass,
                              Readings& done, Sightings& sightings) {
  const int directory = maildir.folder(folder);
  while (directory >= 0 && done.count < kReadings) {
    struct stat now {};
    if (fstat(directory, &now) != 0)
      return lib::Error::from_errno("look at a directory of the Maildir");
    if (done.count != 0 && same_times(now, done.state)) break;
    done.state = now;
    ++done.count;
    lib::Status status = read_once(maildir, folder, pass++, sightings);
    if (!status.ok()) return status;
  }
  return {};
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

void note(Sighting& file, uint64_t octets, uint32_t fingerprint,
          int64_t modified_ns) {
  file.octets = octets;
  file.fingerprint = fingerprint;
  file.modified_ns = modified_ns;
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
  note(file, *octets, fingerprint_of(status), modified_ns(status));
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
  note(file, octets.value(), message.value().fingerprint,
       message.value().modified_ns);
  return Measured::Yes;
}

// Looks again for the messages that were renamed between the reading of
// their directory and their opening, and measures them under the new name;
// gone is how many are missing, before and after.
lib::Status measure_renamed(Maildir& maildir, Sightings& sightings,
                            size_t& gone) {
  Sightings again;
  if (lib::Status status = read_folders(maildir, again); !status.ok())
    return status;
  size_t at = 0;
  for (Sighting& file : sightings.files()) {
    const auto order = [&](const Sighting& other) {
      if (other.time != file.time) return other.time < file.time ? -1 : 1;
      return again.unique(other).compare(sightings.unique(file));
    };
    while (at < again.files().size() && order(again.files()[at]) < 0) ++at;
    for (size_t i = at; !file.measured && i < again.files().size(); ++i) {
      const Sighting& other = again.files()[i];
      if (order(other) != 0) break;
      if (other.inode != file.inode) continue;
      file.name = sightings.names().add(again.names().folder(other.name),
                                        again.names().name(other.name));
      lib::Status error;
      const Measured result = measure(maildir, sightings.names(), file, error);
      if (result == Measured::Failed) return error;
      gone -= result == Measured::Yes;
    }
  }
  return {};
}

}  // namespace

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
    tally.gone += result == Measured::Gone;
    if (result == Measured::Odd)
      note_unreadable(sightings.names(), files[i], error, tally.unreadable);
    if (result != Measured::Failed) continue;
    tally.status = error;
    break;
  }
  maildir.buffer().release();
  return tally;
}

lib::Status read_folder(Maildir& maildir, Folder folder, Sightings& sightings) {
  uint32_t pass = 0;
  Readings done;
  return read_what_changed(maildir, folder, pass, done, sightings);
}

// new/ once more behind cur/: a message may have moved there from a cur/ that
// was still to be read.
lib::Status read_folders(Maildir& maildir, Sightings& sightings) {
  uint32_t pass = 0;
  std::array<Readings, 2> done;
  for (const Folder folder : {Folder::New, Folder::Cur, Folder::New}) {
    lib::Status status = read_what_changed(
        maildir, folder, pass, done[static_cast<size_t>(folder)], sightings);
    if (!status.ok()) return status;
  }
  sightings.settle();
  return {};
}

lib::Result<Scan> measure_and_settle(Maildir& maildir, Sightings&& sightings) {
  Tally tally = measure_all(maildir, sightings);
  if (!tally.status.ok()) return tally.status.error();
  // A message that another program removed stays gone.
  for (int look = 0; tally.gone != 0 && look < kLooks; ++look) {
    const lib::Status status = measure_renamed(maildir, sightings, tally.gone);
    if (!status.ok()) return status.error();
  }
  const size_t seen = sightings.files().size();
  sightings.settle_measured();
  const bool is_whole = sightings.files().size() == seen;
  return Scan{Catalog(std::move(sightings)), std::move(tally.unreadable),
              is_whole};
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
