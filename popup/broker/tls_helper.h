// SPDX-License-Identifier: ISC
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/io/unique_fd.h"
#include "lib/result.h"
#include "popup/dialogue/confinement.h"

namespace popup {

// --tls-helper and --tls-user: the program that speaks TLS for a connection,
// and the ids that it gets if popup runs as root.
struct TlsHelper {
  std::vector<std::string> words;  // empty: there is none
  std::optional<Jail> account;

  // Splits a command line at its spaces; quotes mean nothing.  False if it has
  // no word.
  bool set_command(std::string_view text);
  [[nodiscard]] bool available() const { return !words.empty(); }
};

struct StartedTlsHelper {
  pid_t process = -1;
  lib::UniqueFd clear;   // what was said through TLS, and is to be said so
  lib::UniqueFd status;  // ends after the handshake; text says why it failed
};

// Runs as root, if popup does, until the ids are set: starts the helper.  The
// helper gets
//
// - the client (input and output here) on 0 and 1, /dev/null on 2, the other
//   end of clear on 3, the other end of status on 4, and nothing else;
// - PATH and the variables TLS_* of our environment;
// - no new privileges and no core;
// - a process group of its own, so that the processes that it starts can be
//   ended with it.
//
// This process waits until the program has been executed.  files is the
// program's RLIMIT_NOFILE, unless its hard limit is 0.
lib::Result<StartedTlsHelper> start_tls_helper(const TlsHelper& helper,
                                               int input, int output,
                                               const rlimit& files);

}  // namespace popup
