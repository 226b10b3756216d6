// SPDX-License-Identifier: ISC
#include "maildir-pop3d/maildir/odd_entries.h"

#include <dirent.h>

namespace pop3d {

std::optional<size_t> odd_kind(uint8_t type) {
  switch (type) {
    case DT_LNK: return 0;
    case DT_DIR: return 1;
    case DT_FIFO: return 2;
    case DT_SOCK: return 3;
    case DT_CHR:
    case DT_BLK: return 4;
    default: return std::nullopt;
  }
}

std::array<OddEntries, kOddKinds.size()> count_odd_entries(Maildir& maildir) {
  std::array<OddEntries, kOddKinds.size()> odd;
  for (const Folder folder : kFolders) {
    const auto note = [&](const char* name, size_t kind) {
      if (odd[kind].count++ != 0) return;
      odd[kind].first = name_of(folder);
      odd[kind].first.append("/").append(name);
    };
    // The scan reports a directory that cannot be read.
    (void)visit_odd_entries(maildir, folder, note);
  }
  maildir.buffer().release();
  return odd;
}

}  // namespace pop3d
