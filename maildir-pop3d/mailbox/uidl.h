// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <string_view>

#include "maildir-pop3d/index/catalog.h"
#include "maildir-pop3d/mailbox/uidl_list.h"

namespace pop3d {

// The unique id of message n, the same in every session: the list's, if it has
// one for the message; otherwise the unique name of the file; otherwise a hash.
// The unique name cannot be used if RFC 1939 does not allow it as an id, if the
// list gives it to another name, or if an older message has it.
//
// list may be null.  If list->failed() afterwards, the id must not be used.
// made holds ids that are stored nowhere else.  The id is valid until made
// changes or the catalog is used again.
std::string_view uidl_of(const Catalog& catalog, UidlList* list, size_t n,
                         Uidl& made);

// The hash that uidl_of() returns for a unique name; with the inode number as
// suffix for a message that shares it with an older one.
Uidl hashed_uidl(std::string_view unique, std::string_view suffix);

}  // namespace pop3d
