// SPDX-License-Identifier: ISC
#pragma once

#include <string>

#include "lib/result.h"

namespace checkpw {

// Why the next program of the chain did not run, for the log.
struct RunFailure {
  lib::Error error;
  std::string file;  // the file that was tried, or the name that was not found
  std::string path;  // the directories searched, if nothing was found there
};

// Replaces this process by the program argv[0], which execvp(3) searches in
// PATH.  Returns only if that fails.
RunFailure run_program(char* const* argv);

}  // namespace checkpw
