// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/io/client.h"
#include "lib/io/log.h"
#include "popup/dialogue/offer.h"

namespace popup {

// Runs as root: prepares the environment that all checkers inherit.
// - Removes every inherited POPUP_* variable, so that a super-server's is not
//   taken for ours, and a MAILDIR that is an absolute path.
// - Sets POPUP_HOST and POPUP_CAPA, and POPUP_SYSLOG if popup logs to syslog.
// Everything else stays as it was.
void prepare_chain_environment(const lib::Log& log, const char* hostname,
                               const Offer& offer);

// Sets TCPREMOTEIP and TCPREMOTEPORT (or unsets the port if it is unknown) if
// client has an address and the inherited TCPREMOTEIP is not one.
void add_client_variables(const lib::Client& client);

// Sets and unsets the variables that the block of a UCSPI-TLS server names
// (tls_variables.h).  False, with nothing changed, if block is not exactly one
// complete block.
bool export_tls_variables(std::string_view block);

}  // namespace popup
