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

// Entries of new/ and cur/ that are not files.  A session leaves them out; the
// log and --check name them, for administrators who miss a message.
namespace pop3d {

// The kinds, as the log names them.
constexpr auto kOddKinds = std::to_array<const char*>(
    {"symlink", "directory", "fifo", "socket", "device"});

// The place in kOddKinds of a DT_*; nullopt for a file or an unknown type.
std::optional<size_t> odd_kind(uint8_t type);

// Calls visit(name, kind) for each odd entry; kind is a place in kOddKinds.
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

struct OddEntries {
  size_t count = 0;
  std::string first;  // cur/NAME
};
// By kind, for both directories together.
std::array<OddEntries, kOddKinds.size()> count_odd_entries(Maildir& maildir);

}  // namespace pop3d
