// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <vector>

#include "checkpw/stores/account.h"
#include "lib/io/log.h"

namespace checkpw {

// checkpw's command line (checkpw(8)).
struct Options {
  std::vector<Store> stores;  // in their order; never empty
  uid_t least_uid = 1;
  bool export_ids = false;
  bool dot_password = false;
  bool dovecot = false;
  bool syslog = false;
  lib::Verbosity verbosity = lib::Verbosity::Normal;
  char** program = nullptr;  // argv of what to run, never empty
};

// Ends the program: with 0 after -V and --help, with 111 where the command
// line is wrong (behind popup 100 means bad credentials).
Options parse_options(int argc, char** argv);

}  // namespace checkpw
