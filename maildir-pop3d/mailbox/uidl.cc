// SPDX-License-Identifier: ISC
#include "maildir-pop3d/mailbox/uidl.h"

#include <array>

#include "lib/crypto/md5.h"
#include "maildir-pop3d/maildir/filename.h"

namespace pop3d {

Uidl hashed_uidl(std::string_view unique, std::string_view suffix) {
  // File names contain no slash, so no other message yields this hash input.
  const std::array<std::string_view, 3> parts{unique, "/", suffix};
  const lib::Md5Hex hex = lib::to_hex(lib::md5(parts));
  Uidl uidl;
  uidl << std::string_view(hex.data(), hex.size());
  uidl << ':';  // no name up to its colon equals this id
  return uidl;
}

std::string_view uidl_of(const Catalog& catalog, UidlList* list, size_t n,
                         Uidl& made) {
  const Message message = catalog.original(n);
  const std::string_view unique = unique_part(message.name);
  const bool is_younger = catalog.is_younger(n);
  if (list != nullptr && !is_younger) {
    if (const auto listed = list->find(unique)) {
      made = *listed;
      return made.view();
    }
  }
  const bool is_taken = list != nullptr && list->has_uidl(unique);
  if (!is_younger && !is_taken && valid_uidl(unique)) return unique;
  lib::FixedText<20> suffix;
  if (is_younger) suffix.number(message.inode);
  made = hashed_uidl(unique, suffix.view());
  return made.view();
}

}  // namespace pop3d
