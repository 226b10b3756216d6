// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/log.h"
#include "popup/broker/policy.h"
#include "popup/listener/listener_options.h"

namespace popup {

// The command line of popup(8): how connections are treated, how popup -D
// listens, and the options of main itself.
struct Options : Policy, ListenerOptions {
  lib::Verbosity verbosity = lib::Verbosity::Normal;
  bool debug = false;
  bool syslog = false;
  const char* trace_file = nullptr;
  bool stand_alone = false;  // -D
};

// Ends the process after --help and --version.  If the command line is wrong,
// ends it with 100 and a message.
Options parse_options(int argc, char** argv);

}  // namespace popup
