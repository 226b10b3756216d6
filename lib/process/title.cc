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
  const auto append = [&rest](std::string_view text) {
    text = text.substr(0, rest.size());
    std::ranges::transform(text, rest.begin(),
                           [](char c) { return is_visible(c) ? c : '?'; });
    rest = rest.subspan(text.size());
  };
  const auto append_separator = [&rest](char c) {
    if (rest.empty()) return;
    rest[0] = c;
    rest = rest.subspan(1);
  };
  append(program);
  append(":");
  for (const std::string_view word : words) {
    if (word.empty()) continue;
    append_separator(' ');
    append(word);
  }
}

}  // namespace lib
