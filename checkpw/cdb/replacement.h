// SPDX-License-Identifier: ISC
#pragma once

#include <string>

#include "lib/io/unique_fd.h"
#include "lib/result.h"

namespace checkpw {

// A file that takes the place of another in one step: whoever opens path sees
// the old one or the new one, whole.  Written as path.tmp, which is locked:
// of two writers the second is told to wait (EWOULDBLOCK).  What a killed
// writer left behind is written over.
class Replacement {
 public:
  // A symbolic link at path stays one: the file it leads to is replaced.  A
  // new file has mode 0600; a replaced one hands on owner, group and mode.
  static lib::Result<Replacement> open(const char* path);
  Replacement(Replacement&&) = default;
  // Not kept: path.tmp is removed again.
  ~Replacement();

  [[nodiscard]] int fd() const { return fd_.get(); }
  // On the disk, then in path's place.
  lib::Status keep();

 private:
  Replacement(std::string path, lib::UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  lib::UniqueFd fd_;
};

}  // namespace checkpw
