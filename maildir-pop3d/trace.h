// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/log.h"
#include "lib/result.h"
#include "lib/unique_fd.h"

namespace pop3d {

// The client's lines for a person to read: to the log with -d, to a file
// with --trace.
class Trace {
 public:
  explicit Trace(const lib::Log& log) : log_(log) {}

  void to_log() { to_log_ = true; }
  // As lib/trace_file.h says.
  lib::Status to_file(const char* path);

  [[nodiscard]] bool wanted() const { return to_log_ || file_.valid(); }
  // line holds no secret any more; other bytes than text are escaped.
  void client_line(std::string_view line) const;

 private:
  const lib::Log& log_;
  bool to_log_ = false;
  lib::UniqueFd file_;
};

}  // namespace pop3d
