// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/io/client.h"
#include "lib/io/log.h"
#include "popup/dialogue/offer.h"

namespace popup {

// Runs as root: makes the environment that the checker inherits.  POPUP_*
// that was inherited is dropped, so that no super-server's leftover is taken
// for ours; POPUP_SID, POPUP_HOST and POPUP_CAPA are set, POPUP_SYSLOG if popup
// logs to syslog, and TCPREMOTEIP and TCPREMOTEPORT where the super-server gave
// no address there but client is known by one.  A MAILDIR that is an absolute
// path is dropped as well.  The rest passes untouched.
void prepare_environment(const lib::Log& log, const char* hostname,
                         const Offer& offer, const lib::Client& client);

// Sets, and unsets, what the block of a UCSPI-TLS server says
// (tls_variables.h); false, with nothing changed, where it is no whole block.
bool export_tls_variables(std::string_view block);

}  // namespace popup
