// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/log.h"
#include "lib/unique_fd.h"

namespace popup {

// Where client lines go for -d (the log) and --trace (a file): nowhere, one
// of them or both.
class Trace {
 public:
  Trace(const lib::Log& log, bool to_log, lib::UniqueFd file)
      : log_(log), to_log_(to_log), file_(std::move(file)) {}

  [[nodiscard]] bool wanted() const { return to_log_ || file_.valid(); }
  // line comes from the dialogue, its secrets hidden there; it is escaped.
  void client_line(std::string_view line) const;

 private:
  const lib::Log& log_;
  bool to_log_;
  lib::UniqueFd file_;
};

}  // namespace popup
