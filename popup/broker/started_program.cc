// SPDX-License-Identifier: ISC
// Runs as root: reads /proc.
#include "popup/broker/started_program.h"

#include <fcntl.h>

#include <array>
#include <cstdint>
#include <optional>

#include "lib/io/io.h"
#include "lib/io/unique_fd.h"
#include "lib/text/fixed_text.h"
#include "lib/text/text.h"

namespace popup {
namespace {

// No command line that we start is longer.
using Content = std::array<char, 16384>;

std::optional<std::string_view> read_proc(pid_t process, std::string_view name,
                                          Content& content) {
  lib::FixedText<64> path;
  (path << "/proc/").number(static_cast<uint64_t>(process)) << '/' << name;
  const lib::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  const ssize_t size = lib::read_to_end(file.get(), content);
  if (size < 0) return std::nullopt;
  return std::string_view(content.data(), static_cast<size_t>(size));
}

// The first number after key in /proc/PID/status.
std::optional<uint64_t> number_after(std::string_view key,
                                     std::string_view status) {
  const size_t at = status.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  status.remove_prefix(at + key.size());
  return lib::parse_number(status.substr(0, status.find_first_of("\t\n")));
}

// True if it has one thread and no children.  The kernel lists children for
// each thread; the only thread has the number of the process.
bool is_alone(pid_t process, std::string_view status) {
  if (number_after("\nThreads:\t", status) != 1U) return false;
  lib::FixedText<64> name;
  (name << "task/").number(static_cast<uint64_t>(process)) << "/children";
  Content content;
  const auto children = read_proc(process, name.view(), content);
  return children && children->empty();
}

}  // namespace

bool is_command_line(std::string_view held, char* const* argv) {
  if (argv[0] == nullptr) return false;
  // The kernel names a script by its path.
  std::string_view name = argv[0];
  name.remove_prefix(name.rfind('/') + 1);
  lib::FixedText<std::tuple_size_v<Content>> started;
  started << name << '\0';
  while (*++argv != nullptr) started << *argv << '\0';
  if (started.overflowed() || !held.ends_with(started.view())) return false;
  held.remove_suffix(started.size());
  return held.empty() || held.ends_with('/') || held.ends_with('\0');
}

bool still_runs(pid_t process, char* const* argv, uid_t own_uid) {
  Content content;
  const auto status = read_proc(process, "status", content);
  if (!status || number_after("\nUid:\t", *status) != own_uid ||
      !is_alone(process, *status))
    return false;
  if (own_uid == 0) return true;
  const auto line = read_proc(process, "cmdline", content);
  return line && is_command_line(*line, argv);
}

}  // namespace popup
