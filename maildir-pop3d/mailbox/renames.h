// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/result.h"
#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/maildir/attempts.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/maildir/scan.h"

namespace pop3d {

// The state of a message's file.
enum class Whereabouts : uint8_t {
  There,     // it has the name that the catalog returns now
  Replaced,  // gone; another file, not a message's, has its unique name
  Gone
};

// Finds messages that other programs rename during the session.
//
// A file that has the unique name and the inode number of a message is its
// file.  Otherwise a file with its inode number is, if it also has the unique
// name or the fingerprint: the number alone may belong to another file by now.
// Some directories list other inode numbers than stat(2) returns; so at last a
// file with the unique name alone is, if it has the fingerprint.  If it has
// not, the message counts as Replaced.
class Renames {
 public:
  // Tells the catalog the new names of all messages whose files were renamed.
  // Reads the directories only if they may have changed since the last call, so
  // that a message that is gone does not cost a reading each time.
  lib::Status follow(Maildir& maildir, Catalog& catalog, Attempts& attempts);

  // As of the last follow().
  [[nodiscard]] Whereabouts where(size_t n) const;

 private:
  friend class RenameSearch;
  struct Lost {
    size_t n;
    bool is_replaced;
  };

  std::optional<Watches> watches_;  // as of the last follow()
  std::vector<Lost> lost_;  // by n: messages whose own file was not found
};

}  // namespace pop3d
