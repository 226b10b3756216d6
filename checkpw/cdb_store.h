// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/account.h"

namespace checkpw {

// Names the file in the log; returns error.
lib::Error say_unreadable(std::string_view path, const lib::Error& error,
                          const lib::Log& log);
// Names the file and the field that is at fault in the log; returns an error.
lib::Error say_damaged(std::string_view path, std::string_view field,
                       const lib::Log& log);

// Reads the data of a record into an account: nullptr, or the field at fault.
using ParseRecord = const char* (*)(std::string_view data, Account& account);

// Looks key up in the cdb of this path, and offers what refusals cost there:
// checkpw-mkdb's record, which no login can name; in another program's file
// the first hash among the first records.  True where that made into.account.
// flags: more of open(2)'s.
lib::Result<bool> look_up_record(const char* path, int flags,
                                 std::string_view key, ParseRecord parse,
                                 const lib::Log& log, Lookup& into);

}  // namespace checkpw
