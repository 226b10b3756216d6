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

// What became of a message's file.
enum class Whereabouts : uint8_t {
  There,     // under the name that the catalog tells now
  Replaced,  // gone, and a file that is no other message has its unique name
  Gone
};

// Finds messages again that another program renamed during the session.
class Renames {
 public:
  // Gives every message whose file has moved its new name.  The directories
  // are read only if they may have changed since the last look, so that a
  // message that is gone does not cost a reading each time.
  lib::Status follow(Maildir& maildir, Catalog& catalog, Attempts& attempts);

  // As of the last look.
  [[nodiscard]] Whereabouts where(size_t n) const;

 private:
  friend class Search;
  struct Lost {
    size_t n;
    bool is_replaced;
  };

  std::optional<Watches> watches_;  // of the last look
  std::vector<Lost> lost_;          // by n: those whose own file is not there
};

}  // namespace pop3d
