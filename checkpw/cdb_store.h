// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/account.h"
#include "checkpw/cdb_file.h"

namespace checkpw {

// Names the file in the log; returns error.
lib::Status say_unreadable(const char* path, const lib::Error& error,
                           const lib::Log& log);

// Offers what refusals cost: checkpw-mkdb's record, which no login can name;
// in another program's file the first hash among the first records.
lib::Status find_cdb_dummy(const CdbFile& file, Lookup& into);

}  // namespace checkpw
