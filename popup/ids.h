// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "popup/dialogue/confinement.h"

namespace popup {

// -u uid[:gid], each a number or a name of /etc/passwd or /etc/group.  Without
// a gid it is the account's own or, with a numeric uid, the same number.
// False, with jail in an undefined state, for a name that is not found, and
// for root.
bool parse_ids(std::string_view text, Jail& jail);

// Without -u: those of the account popup if /etc/passwd has one that is not
// root's, else 65534:65534.
Jail default_jail();

}  // namespace popup
