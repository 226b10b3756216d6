// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/stores/account.h"

namespace checkpw {

// Names the file in the log; returns error.  The account may not exist, so that
// its login is not told.
lib::Error log_unreadable(std::string_view path, const lib::Error& error,
                          const lib::Log& log);

// The place in a store that is damaged.
struct Damage {
  std::string_view file;
  size_t line = 0;  // 0: the file has no lines
  const char* field = "";
};
// Logs it with the login of the account whose entry it is; empty: not known to
// be an account's.  Returns an error.
lib::Error log_damaged(const Damage& damage, std::string_view login,
                       const lib::Log& log);

// Reads the data of login's record into an account: nullptr, or the field at
// fault.
using ParseRecord = const char* (*)(std::string_view login,
                                    std::string_view data, Account& account);

// The database that holds a login's record, its key there, and its format.
struct RecordPlace {
  const char* path;  // of a cdb
  std::string_view key;
  ParseRecord parse;
  int flags = 0;  // more of open(2)'s
};

// Looks a login up, and offers what refusals cost in that file: checkpw-mkdb's
// record, which no login can name; in another program's file the first hash
// among the first records.  True where that made into.account.
lib::Result<bool> look_up_record(const RecordPlace& place,
                                 std::string_view login, const lib::Log& log,
                                 Lookup& into);

}  // namespace checkpw
