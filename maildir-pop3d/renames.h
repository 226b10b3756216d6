// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <ctime>
#include <vector>

#include "lib/result.h"
#include "maildir-pop3d/catalog.h"
#include "maildir-pop3d/maildir.h"

namespace pop3d {

// Finds messages again that another program renamed during the session.
class Renames {
 public:
  // Gives every message whose file has moved its new name.  False where
  // nothing has changed since the last look, so that a message that is gone
  // does not cost a reading of the directories each time.  seen, if there is
  // one, becomes the numbers of all messages whose very files are there,
  // ascending.
  lib::Result<bool> follow(Maildir& maildir, Catalog& catalog,
                           std::vector<size_t>* seen = nullptr);

 private:
  struct Times {
    timespec modified;
    timespec changed;
  };
  static Times times_of(int directory);
  static bool equal(const Times& a, const Times& b);

  Times seen_[2] = {};
  bool trusted_ = false;  // no change can hide behind the clock's last tick
};

}  // namespace pop3d
