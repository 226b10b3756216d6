// SPDX-License-Identifier: ISC
// Never runs as root: the dialogue and the session call it.
#include "lib/text/command.h"

namespace lib {

Command split_command(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return {.keyword = line};
  return {.keyword = line.substr(0, space),
          .argument = line.substr(space + 1),
          .has_argument = true};
}

}  // namespace lib
