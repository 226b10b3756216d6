// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/log.h"
#include "popup/broker/policy.h"
#include "popup/listener/listener_options.h"

namespace popup {

// The command line of popup(8): what the broker, the listener and main itself
// are told.
struct Options : Policy, ListenerOptions {
  lib::Verbosity verbosity = lib::Verbosity::Normal;
  bool debug = false;
  bool syslog = false;
  const char* trace_file = nullptr;
  bool stand_alone = false;  // -D
};

// Ends the process for --help, --version, and with 100 and a message for
// what it does not understand.
Options parse_options(int argc, char** argv);

}  // namespace popup
