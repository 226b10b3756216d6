// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "lib/result.h"
#include "maildir-pop3d/maildir/directory.h"
#include "maildir-pop3d/maildir/maildir.h"

// Entries of new/ and cur/ that are left out for not being files, for whoever
// looks for such a message.
namespace pop3d {

// The kinds of entry, by their names in the log.
constexpr auto kOddKinds = std::to_array<const char*>(
    {"symlink", "directory", "fifo", "socket", "device"});

// nullopt for a DT_* of a file, or an unknown one.
std::optional<size_t> odd_kind(uint8_t type);

// Calls visit(name, kind) for each, where kind is a place in kOddKinds.  Reads
// the directory's names.
template <typename Visit>
lib::Status visit_odd_entries(Maildir& maildir, Folder folder, Visit visit) {
  const int directory = maildir.folder(folder);
  if (directory < 0) return {};
  DirectoryReader reader(directory, maildir.buffer().span());
  DirectoryReader::Entry entry{};
  while (reader.next(entry)) {
    if (entry.name[0] == '.') continue;
    const auto type = type_of(directory, entry);
    if (const auto kind = type ? odd_kind(*type) : std::nullopt)
      visit(entry.name, *kind);
  }
  return reader.status();
}

// How many there are of a kind, and the first of them, as cur/NAME.
struct OddEntries {
  size_t count = 0;
  std::string first;
};
// Of both directories, by kind.
std::array<OddEntries, kOddKinds.size()> count_odd_entries(Maildir& maildir);

}  // namespace pop3d
