// SPDX-License-Identifier: ISC
// Runs as root: reads /proc.
#include "popup/started_program.h"

#include <fcntl.h>

#include <array>
#include <cstdint>
#include <optional>

#include "lib/fixed_text.h"
#include "lib/io.h"
#include "lib/text.h"
#include "lib/unique_fd.h"

namespace popup {
namespace {

// A longer command line is none that we know.
using Content = std::array<char, 16384>;

std::string_view read_proc(pid_t process, std::string_view name,
                           Content& content) {
  lib::FixedText<64> path;
  (path << "/proc/").number(static_cast<uint64_t>(process)) << '/' << name;
  const lib::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return {};
  const ssize_t size = lib::read_to_end(file.get(), content);
  return {content.data(), size > 0 ? static_cast<size_t>(size) : 0};
}

std::optional<uint64_t> real_uid(pid_t process) {
  constexpr std::string_view kLine = "\nUid:\t";
  Content content;
  std::string_view rest = read_proc(process, "status", content);
  const size_t at = rest.find(kLine);
  if (at == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(at + kLine.size());
  return lib::parse_number(lib::next_field(rest, '\t'));
}

// Cuts a NUL-terminated argument off the end of held.
bool remove_last(std::string_view& held, std::string_view argument) {
  if (!held.ends_with('\0')) return false;
  held.remove_suffix(1);
  if (!held.ends_with(argument)) return false;
  held.remove_suffix(argument.size());
  return true;
}

}  // namespace

bool is_command_line(std::string_view held, char* const* argv) {
  size_t count = 0;
  while (argv[count] != nullptr) ++count;
  if (count == 0) return false;
  for (size_t i = count; i-- > 1;)
    if (!remove_last(held, argv[i]) || !held.ends_with('\0')) return false;
  // A script is named by its path.
  std::string_view name = argv[0];
  name.remove_prefix(name.rfind('/') + 1);
  return remove_last(held, name) &&
         (held.empty() || held.ends_with('/') || held.ends_with('\0'));
}

bool is_still(pid_t process, char* const* argv, uid_t own_uid) {
  if (real_uid(process) != own_uid) return false;
  Content content;
  return own_uid == 0 ||
         is_command_line(read_proc(process, "cmdline", content), argv);
}

}  // namespace popup
