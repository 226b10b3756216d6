// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/login/attempt.h"

namespace checkpw {

// checkpw-pam's command line (checkpw-pam(8)).
struct PamOptions : AttemptOptions {
  const char* service = "pop3";
  const char* rhost = nullptr;  // PAM_RHOST, in place of the client's address
};

// Ends the program with 0 after -V and --help, and with 111 if the command line
// is wrong.
PamOptions parse_pam_options(int argc, char** argv);

}  // namespace checkpw
