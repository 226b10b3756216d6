// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/log.h"
#include "popup/connection/proxies.h"
#include "popup/dialogue/confinement.h"
#include "popup/dialogue/offer.h"
#include "popup/listener/listener.h"

namespace popup {

// The command line of popup(8).
struct Options {
  const char* hostname = "";
  const char* htag = "";           // -T; the hostname where it is not given
  char* const* checker = nullptr;  // argv of the checkpassword program
  Offer offer;
  bool require_tls = false;  // -S
  bool encrypted = false;    // --tls
  Proxies proxies;
  Jail jail;
  unsigned login_seconds = 180;
  unsigned session_seconds = 0;  // --session; 0 is none
  unsigned tries = 3;
  unsigned delay_seconds = 2;
  lib::Verbosity verbosity = lib::Verbosity::Normal;
  bool debug = false;
  bool syslog = false;
  const char* trace_file = nullptr;
  bool check_host = false;    // -W
  bool socket_debug = false;  // --socket-debug
  bool stand_alone = false;   // -D
  ListenerOptions listener;
};

// Ends the process for --help, --version, and with 100 and a message for
// what it does not understand.
Options parse_options(int argc, char** argv);

}  // namespace popup
