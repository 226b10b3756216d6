// SPDX-License-Identifier: ISC
// Any line: keyword, space, argument and the dropped CR make up the line again,
// byte for byte.  Its words contain no space, and more spaces between them do
// not make them fewer.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/text/command.h"
#include "lib/text/text.h"

namespace {

// The words, each ended by a NUL.
std::string words_of(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    const std::string_view word = lib::next_word(text);
    if (word.find(' ') != std::string_view::npos) abort();
    if (word.empty() && !text.empty()) abort();
    if (!word.empty()) (words += word) += '\0';
  }
  return words;
}

std::string with_more_spaces(std::string_view text) {
  std::string wide;
  for (const char c : text) wide.append(c == ' ' ? 3 : 1, c);
  return wide;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const lib::Command command = lib::split_command(line);
  if (command.keyword.find(' ') != std::string_view::npos) abort();
  if (!command.has_argument && !command.argument.empty()) abort();
  std::string again(command.keyword);
  if (command.has_argument) again += ' ';
  again += command.argument;
  if (line.ends_with('\r')) again += '\r';
  if (again != line) abort();
  if (words_of(line) != words_of(with_more_spaces(line))) abort();
  return 0;
}
