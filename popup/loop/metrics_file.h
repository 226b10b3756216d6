// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <string_view>

#include "lib/io/log.h"
#include "popup/loop/metrics.h"

namespace popup {

// True if path may name the file of --metrics.  It must not be too long.  What
// has that name already must be empty or an older file of metrics, so that a
// slip replaces no other file.
bool may_be_metrics_file(std::string_view path);

// Replaces the file by one with this text and mode 0644, by rename, so that
// every reader finds a whole one.  Returns 0 or an errno; then the old file
// stays: EEXIST if it is not one that may_be_metrics_file() allows.  Uses path
// with ".tmp" after it.
int replace_metrics_file(const char* path, std::string_view text);

// Runs as root: the file of --metrics.  A disk may hang, and a full one takes
// time to fail: so a process of its own replaces the file.  The directory must
// be one in which nobody else can make files.
class MetricsFile {
 public:
  static constexpr int64_t kIntervalMs = 10'000;

  MetricsFile(const char* path, const lib::Log& log) : path_(path), log_(log) {}

  // When write() is due, on the monotonic clock.
  [[nodiscard]] int64_t due_ms() const { return due_ms_; }
  // Starts the process.  Failures are logged, the first of a series only.
  void write(const MetricsText& text, int64_t now_ms);
  // A child has been reaped: ours, or another one.
  void child_ended(const siginfo_t& info);
  // At popup's end: an old file would look as if popup still ran.  Leaves what
  // write() would not replace.
  void remove();

 private:
  void warn(const char* doing, int error);

  const char* path_;
  const lib::Log& log_;
  int64_t due_ms_ = 0;
  pid_t writer_ = -1;
  bool warned_ = false;
};

}  // namespace popup
