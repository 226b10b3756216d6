// SPDX-License-Identifier: ISC
#pragma once

#include <string>

#include "lib/io/unique_fd.h"
#include "lib/result.h"

namespace checkpw {

// A new file that replaces another in one step: whoever opens path gets all of
// the old file or all of the new one.  It is written as path.tmp, which is
// locked: a second writer gets an error that says so.  The next writer
// overwrites the path.tmp of a killed one.
class Replacement {
 public:
  // If path is a symbolic link, the file that it points to is replaced.  The
  // new file gets owner, group and mode of the old one, or else mode 0600.
  static lib::Result<Replacement> open(const char* path);
  Replacement(Replacement&&) = default;
  // Removes path.tmp, unless keep() succeeded.
  ~Replacement();

  [[nodiscard]] int fd() const { return fd_.get(); }
  // Flushes the file to the disk, then puts it in path's place.
  lib::Status keep();

 private:
  Replacement(std::string path, lib::UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  lib::UniqueFd fd_;
};

}  // namespace checkpw
