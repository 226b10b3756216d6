// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/stores/account.h"

namespace checkpw {

// For stores: writes to the log that the file at path cannot be read, and
// returns error.  The login stays out of the log, because it may be unknown.
lib::Error log_unreadable(std::string_view path, const lib::Error& error,
                          const lib::Log& log);

// A damaged place in a store.
struct Damage {
  std::string_view file;
  size_t line = 0;  // 0: the file has no lines
  const char* field = "";
  const char* scheme = nullptr;  // Account::damaged_scheme
};
// For stores: writes damage to the log, and returns an error.  login is that of
// the account whose entry is damaged; empty if the entry may not be an
// account's.
lib::Error log_damaged(const Damage& damage, std::string_view login,
                       const lib::Log& log);

// Reads the data of login's record into an account.  Returns nullptr, or the
// name of the damaged field.
using ParseRecord = const char* (*)(std::string_view login,
                                    std::string_view data, Account& account);

// The database that holds a login's record, its key there, and its format.
struct RecordPlace {
  const char* path;  // of a cdb
  std::string_view key;
  ParseRecord parse;
  int flags = 0;  // for open(2), besides those of open_store
};

// Looks a record up.  True if it made into.account.  Also offers the hash that
// refusals cost in this file: checkpw-mkdb recorded it under the empty key,
// which is not a login; another program's file has none, so the first hash
// among its first records is taken.
lib::Result<bool> look_up_record(const RecordPlace& place,
                                 std::string_view login, const lib::Log& log,
                                 Lookup& into);

}  // namespace checkpw
