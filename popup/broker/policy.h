// SPDX-License-Identifier: ISC
// Runs as root: data only.
#pragma once

#include "popup/broker/tls_helper.h"
#include "popup/connection/proxies.h"
#include "popup/dialogue/confinement.h"
#include "popup/dialogue/offer.h"

namespace popup {

// How the broker treats a connection: those options of popup(8) that decide it.
struct Policy {
  const char* hostname = "";
  const char* htag = "";           // -T; the default is the hostname
  char* const* checker = nullptr;  // argv of the checkpassword program
  Offer offer;
  bool require_tls = false;  // -S
  bool encrypted = false;    // --tls
  TlsHelper tls_helper;
  Proxies proxies;
  Jail jail;
  unsigned login_seconds = 180;  // -L
  unsigned session_seconds = 0;  // --session; 0 means no limit
  unsigned tries = 3;            // -n
  unsigned delay_seconds = 2;    // -w
  bool check_host = false;       // -W
  bool socket_debug = false;     // --socket-debug
  bool title = false;            // --title
};

}  // namespace popup
