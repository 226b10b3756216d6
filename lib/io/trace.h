// SPDX-License-Identifier: ISC
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "lib/io/log.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"

namespace lib {

// Opens the file of --trace for appending, or creates it with mode 0600.  So
// that nobody can direct the trace to another file, it has to be a regular file
// that belongs to us and has one name; symbolic links are refused.  The path
// /dev/fd/N is a descriptor that was opened before the chain began, so that
// popup as root and maildir-pop3d as the user can write to one file: it has to
// be a regular file with one name, opened for appending.
Result<UniqueFd> open_trace_file(const char* path);

// N of /dev/fd/N, or -1 if that is not a descriptor's number; nullopt for any
// other path.
std::optional<int> trace_descriptor(std::string_view path);

// Writes the client's lines to the log (-d), to the file of --trace, to both or
// nowhere.
class Trace {
 public:
  Trace(const Log& log, bool to_log, UniqueFd file)
      : log_(log), to_log_(to_log), file_(std::move(file)) {}

  [[nodiscard]] bool wanted() const { return to_log_ || file_.valid(); }
  // The caller has removed secrets from line.  Bytes that are not printable
  // ASCII are escaped.
  void client_line(std::string_view line) const;

 private:
  const Log& log_;
  bool to_log_;
  UniqueFd file_;
};

}  // namespace lib
