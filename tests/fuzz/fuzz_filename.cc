// SPDX-License-Identifier: ISC
// Any names in a Maildir: each inode is one message, messages are in order, and
// unique ids are legal and distinct.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "lib/text/text.h"
#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/mailbox/uidl.h"
#include "maildir-pop3d/maildir/filename.h"

namespace {

void require(bool condition) {
  if (!condition) abort();
}

}  // namespace

// Each line of the input has a byte for the directory, one for the inode
// number, and the name.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  pop3d::ScannedFiles scanned;
  std::set<std::pair<int, std::string>> identities;
  while (!rest.empty()) {
    const std::string_view line = lib::next_field(rest, '\n');
    if (line.size() < 3 || line.find('\0') != line.npos) continue;
    const auto inode = static_cast<uint8_t>(line[1]);
    const std::string_view name = line.substr(2);
    (void)pop3d::octets_hint(pop3d::size_hints(pop3d::unique_part(name)),
                             inode);
    (void)pop3d::has_flag(name, 'T');
    scanned.add(line[0] % 2 == 0 ? pop3d::Folder::New : pop3d::Folder::Cur,
                name, inode);
    identities.emplace(inode, pop3d::unique_part(name));
  }
  scanned.sort_unique();
  for (pop3d::ScannedFile& file : scanned.files()) file.measured = true;
  scanned.drop_unmeasured();
  const pop3d::Catalog catalog(std::move(scanned));

  require(catalog.count() == identities.size());
  std::set<std::string> unique_ids;
  for (size_t n = 0; n < catalog.count(); ++n) {
    pop3d::Uidl made;
    const std::string_view uidl = uidl_of(catalog, nullptr, n, made);
    require(pop3d::valid_uidl(uidl));
    require(unique_ids.emplace(uidl).second);
    if (n == 0) continue;
    const std::string previous(catalog.message(n - 1).name);
    const std::string name(catalog.message(n).name);
    const uint64_t before = pop3d::arrival_time(previous.c_str());
    const uint64_t time = pop3d::arrival_time(name.c_str());
    require(before < time || (before == time && pop3d::unique_part(previous) <=
                                                    pop3d::unique_part(name)));
  }
  return 0;
}
