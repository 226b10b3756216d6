// SPDX-License-Identifier: ISC
#pragma once

#include <vector>

#include "checkpw/cache/cache.h"
#include "checkpw/login/attempt.h"
#include "checkpw/stores/account.h"

namespace checkpw {

// checkpw's command line (checkpw(8)).
struct Options : AttemptOptions, CacheSettings {
  std::vector<Store> stores;  // in their order; never empty
  bool dot_password = false;
  bool dovecot = false;
  const char* test = nullptr;  // the login of --test; program may be null then
  bool cache_tuned = false;    // --cache-size or --cache-seconds was given
};

// Ends the program with 0 after -V and --help, and with 111 if the command line
// is wrong: 100 would tell popup that the credentials are bad.
Options parse_options(int argc, char** argv);

}  // namespace checkpw
