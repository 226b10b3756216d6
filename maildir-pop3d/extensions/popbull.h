// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>

#include "lib/io/unique_fd.h"
#include "lib/result.h"

// ~/.popbull: the number of the last bulletin that was delivered to a user.
// home is an open directory, borrowed; symbolic links are not followed.
namespace pop3d {

// As long as the file is open, other sessions are locked out.
struct Popbull {
  bool is_busy = false;  // another session has it
  lib::UniqueFd file;
};

// Opens the file.  If it does not exist, creates it empty.
lib::Result<Popbull> open_popbull(int home);
// The number in it; nullopt if there is anything else.
lib::Result<std::optional<uint32_t>> read_popbull(const Popbull& popbull);
// Writes in place: that works even if the file in the directory may not be
// replaced, or the quota is used up.  So few bytes are never half written.
lib::Status write_popbull(const Popbull& popbull, uint32_t number);

}  // namespace pop3d
