// SPDX-License-Identifier: ISC
// May run as root: copies what exec gave it, and writes within that memory.
#include "lib/process/title.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace lib {
namespace {

bool may_be_title_option(std::string_view argument) {
  return argument.starts_with("--ti");
}

// Replaces the entries by copies, as long as each begins at end, where the one
// before it ended.  Returns the new end.
char* move_entries(char** entry, char* end) {
  for (; *entry != nullptr && *entry == end; ++entry) {
    char* const copy = strdup(*entry);
    if (copy == nullptr) break;
    end += strlen(copy) + 1;
    *entry = copy;
  }
  return end;
}

bool is_visible(char c) {
  return c > ' ' && c < 0x7f;
}

}  // namespace

ProcessTitle::ProcessTitle(int argc, char** argv) {
  if (std::none_of(argv, argv + argc, may_be_title_option)) return;
  char* const start = *argv;
  char* end = move_entries(argv, start);
  if (environ != nullptr) end = move_entries(environ, end);
  memory_ = {start, end};
}

void ProcessTitle::show(std::string_view program,
                        std::initializer_list<std::string_view> words) const {
  if (memory_.empty()) return;
  // Linux shows the arguments' memory, and if its last byte is not NUL, goes on
  // to the next NUL.  So nothing of the old texts may remain, and the last byte
  // of all must be NUL.
  std::ranges::fill(memory_, '\0');
  std::span<char> rest = memory_.first(memory_.size() - 1);
  const auto put = [&rest](char c) {
    if (rest.empty()) return;
    rest[0] = c;
    rest = rest.subspan(1);
  };
  for (const char c : program) put(c);
  put(':');
  for (const std::string_view word : words) {
    if (!word.empty()) put(' ');
    for (const char c : word) put(is_visible(c) ? c : '?');
  }
}

}  // namespace lib
