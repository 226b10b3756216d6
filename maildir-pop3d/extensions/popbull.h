// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>

#include "lib/io/unique_fd.h"
#include "lib/result.h"

// ~/.popbull: the number of the last bulletin that a user has had.  home is
// an open directory, borrowed; no symbolic link is followed.
namespace pop3d {

// Locked against other sessions for as long as it is open.
struct Popbull {
  bool is_busy = false;  // another session has it
  lib::UniqueFd file;
};

// Creates it, empty, if it is not there.
lib::Result<Popbull> open_popbull(int home);
// nullopt if it holds no number.
lib::Result<std::optional<uint32_t>> read_popbull(const Popbull& popbull);
// In place: a directory that does not let the file be replaced, and a quota
// that is used up, do not stop that.  So few bytes are never half written.
lib::Status write_popbull(const Popbull& popbull, uint32_t number);

}  // namespace pop3d
