// SPDX-License-Identifier: ISC
// Any text as another server's list of unique ids: its ids are legal, and no
// two names have the same id.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "lib/text/text.h"
#include "maildir-pop3d/mailbox/uidl_table.h"

// The first byte chooses the format.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto format = static_cast<pop3d::UidlFormat>(data[0] % 4);
  const std::string_view text(reinterpret_cast<const char*>(data + 1),
                              size - 1);
  const pop3d::UidlTable table(format, text);
  // All that is between spaces, colons and line ends is tried as a name.
  std::set<std::string_view> names;
  std::set<std::string> ids;
  for (const char separator : {' ', ':'}) {
    for (std::string_view rest = text; !rest.empty();) {
      std::string_view line = lib::next_field(rest, '\n');
      while (!line.empty()) names.insert(lib::next_field(line, separator));
    }
  }
  for (const std::string_view name : names) {
    const auto id = table.find(name);
    if (!id) continue;
    if (!pop3d::valid_uidl(id->view())) abort();
    if (!ids.emplace(id->view()).second) abort();
  }
  if (ids.size() > table.size()) abort();
  return 0;
}
