// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "popup/dialogue/confinement.h"

namespace popup {

// Parses -u uid[:gid]; each is a number, or a name in /etc/passwd or
// /etc/group. Without a gid it takes the account's own or, if uid is a number,
// the same number.  Returns false, with the ids of jail undefined, if a name is
// not found, and for uid 0 or gid 0.
bool parse_ids(std::string_view text, Jail& jail);

}  // namespace popup
