// SPDX-License-Identifier: ISC
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "lib/io/log.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"

namespace lib {

// May run as root: opens the file of --trace for appending, made with mode
// 0600.  A symbolic link, a file of another user, one with several names and
// anything but a regular file are refused, so that nobody can aim the trace
// at a file of his choice.  /dev/fd/N is a descriptor that whoever started
// the chain has opened, so that both halves can write to one file, the one as
// root and the other as the user: it has to be a regular file of one name,
// opened for appending.
Result<UniqueFd> open_trace_file(const char* path);

// N of /dev/fd/N; nullopt for any other path.
std::optional<int> trace_descriptor(std::string_view path);

// The client's lines for a person to read: to the log with -d, to the file of
// --trace, to both or nowhere.
class Trace {
 public:
  Trace(const Log& log, bool to_log, UniqueFd file)
      : log_(log), to_log_(to_log), file_(std::move(file)) {}

  [[nodiscard]] bool wanted() const { return to_log_ || file_.valid(); }
  // line holds no secret any more; other bytes than text are escaped.
  void client_line(std::string_view line) const;

 private:
  const Log& log_;
  bool to_log_;
  UniqueFd file_;
};

}  // namespace lib
