// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/io/log.h"
#include "popup/broker/policy.h"

namespace popup {

// Runs as root, if popup does, once before popup listens (-D).  Confines a
// process as dialogues will be, and looks for the checker and the TLS helper as
// execvp(3) will.  If no session could ever start, ends the program with 111
// and the reason.
void check_that_sessions_can_start(const Policy& policy);

// For the connection of a super-server: without the helper there is no STLS,
// and the log gets a warning.
void drop_missing_helper(Policy& policy, const lib::Log& log);

// Predicts the errno of execvp(3) of name; 0 if there is a file that may be
// executed.  path is the value of PATH, or null.
int find_program(std::string_view name, const char* path);

}  // namespace popup
