// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "popup/broker/policy.h"

namespace popup {

// Runs as root, if popup does, once before it listens (-D).  Confines a process
// as a dialogue will be confined, and looks for the checker as execvp will.
// Ends the program with 111 and the reason if no session could ever start.
void check_that_sessions_can_start(const Policy& policy);

// The errno of an execvp(3) of name, as far as it can be told without one; 0
// if there is a file that may be executed.  path is PATH, or null.
int find_program(std::string_view name, const char* path);

}  // namespace popup
