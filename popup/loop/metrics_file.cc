// SPDX-License-Identifier: ISC
// Runs as root: replaces a file that the administrator has named.
#include "popup/loop/metrics_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>

#include "lib/io/io.h"
#include "lib/io/unique_fd.h"

namespace popup {
namespace {

constexpr std::string_view kSuffix = ".tmp";
using Path = lib::FixedText<PATH_MAX - 1>;

Path temporary_name(std::string_view path) {
  Path name;
  name << path << kSuffix;
  return name;
}

// True if there is no such file, or if it is empty or one of metrics.
bool is_replaceable(const char* path) {
  struct stat status {};
  if (lstat(path, &status) != 0) return true;
  if (!S_ISREG(status.st_mode)) return false;
  const lib::UniqueFd file(
      open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  std::array<char, kMetricsBegin.size()> begin;
  const ssize_t got = read(file.get(), begin.data(), begin.size());
  if (got <= 0) return got == 0;
  return std::string_view(begin.data(), static_cast<size_t>(got)) ==
         kMetricsBegin;
}

int write_file(const char* path, std::string_view text) {
  const lib::UniqueFd file(
      open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  // umask may have taken rights away.
  if (!file.valid() || fchmod(file.get(), 0644) != 0 ||
      !lib::write_all(file.get(), text))
    return errno;
  return 0;
}

}  // namespace

bool may_be_metrics_file(std::string_view path) {
  Path whole;
  whole << path;
  return !path.empty() && !path.ends_with('/') &&
         !temporary_name(path).overflowed() && is_replaceable(whole.c_str());
}

int replace_metrics_file(const char* path, std::string_view text) {
  Path temporary = temporary_name(path);
  if (!is_replaceable(path)) return EEXIST;
  // A writer that was killed may have left one.
  (void)unlink(temporary.c_str());
  int error = write_file(temporary.c_str(), text);
  if (error == 0 && rename(temporary.c_str(), path) != 0) error = errno;
  if (error != 0) (void)unlink(temporary.c_str());
  return error;
}

void MetricsFile::write(const MetricsText& text, int64_t now_ms) {
  due_ms_ = now_ms + kIntervalMs;
  if (writer_ >= 0) return warn("write the metrics in time", ETIMEDOUT);
  writer_ = fork();
  if (writer_ < 0) return warn("fork the writer of the metrics", errno);
  if (writer_ == 0) {
    // Clients must see the end of a connection even if the disk hangs.
    lib::close_from_to(3, ~0U);
    _exit(replace_metrics_file(path_, text.view()));
  }
}

void MetricsFile::child_ended(const siginfo_t& info) {
  if (info.si_pid != writer_) return;
  writer_ = -1;
  if (info.si_code != CLD_EXITED)
    warn("write the metrics: the writer was killed", 0);
  else if (info.si_status != 0)
    warn("write the metrics", info.si_status);
  else
    warned_ = false;
}

// The writer must not rename a new file after this.
void MetricsFile::remove() {
  if (writer_ >= 0) {
    kill(writer_, SIGKILL);
    (void)waitpid(writer_, nullptr, 0);
  }
  (void)unlink(temporary_name(path_).c_str());
  if (is_replaceable(path_)) (void)unlink(path_);
}

[[gnu::noinline]] void MetricsFile::warn(const char* doing, int error) {
  if (warned_) return;
  warned_ = true;
  log_.warning({.doing = doing, .code = error, .file = path_});
}

}  // namespace popup
