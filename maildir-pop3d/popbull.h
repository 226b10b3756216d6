// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>

#include "lib/fixed_text.h"
#include "lib/result.h"
#include "lib/unique_fd.h"

// ~/.popbull: the number of the last bulletin that a user has had.  home is
// an open directory, borrowed; no symbolic link is followed.
namespace pop3d {

// Locked against other sessions for as long as it is open.
struct Popbull {
  enum class Found { Yes, No, Busy };
  Found found = Found::No;
  lib::UniqueFd file;
};

// Busy where another session has it.
lib::Result<Popbull> open_popbull(int home);
// nullopt where it is not there, or holds no number.
lib::Result<std::optional<uint32_t>> read_popbull(const Popbull& popbull);

// The .popbull to come, written aside: what can fail for want of room or of a
// permission fails before there is anything to remember.
class NextPopbull {
 public:
  explicit NextPopbull(int home);
  NextPopbull(const NextPopbull&) = delete;
  NextPopbull& operator=(const NextPopbull&) = delete;
  // Removes what was not put in place.
  ~NextPopbull();

  // May be called again with a lower number, which takes no more room.
  lib::Status write(uint32_t number);
  // Another reader sees the old number or the new one.
  lib::Status put_in_place();

 private:
  int home_;
  lib::FixedText<40> name_;
  lib::UniqueFd file_;
};

}  // namespace pop3d
