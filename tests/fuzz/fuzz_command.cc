// SPDX-License-Identifier: ISC
// Any line: keyword, space, argument and the CR that was dropped are the
// line again, byte for byte.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/command.h"

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
  return 0;
}
