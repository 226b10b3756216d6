// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include "lib/io/log.h"

namespace checkpw {

// checkpw-pam's command line.
struct PamOptions {
  const char* service = "pop3";
  const char* rhost = nullptr;  // PAM_RHOST, in place of the client's address
  uid_t least_uid = 1;
  bool export_ids = false;
  bool syslog = false;
  lib::Verbosity verbosity = lib::Verbosity::Normal;
  char** program = nullptr;  // argv of what to run, never empty
};

// Ends the program: with 0 after -V and --help, with 111 where the command
// line is wrong.
PamOptions parse_pam_options(int argc, char** argv);

}  // namespace checkpw
