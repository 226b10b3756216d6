// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/log.h"
#include "lib/io/trace.h"
#include "popup/broker/policy.h"

namespace popup {

// Runs as root, if popup was started so: the privileged room.  Serves the
// connection on descriptors 0 and 1 from the greeting to the end and returns
// popup's exit code.  It never looks at what the client sends; it holds the
// clock (-L) and writes the log; it speaks only after a dialogue has ended, and
// never again once the program behind it has spoken.  listener is where -D
// wants to hear of a proxied client (client_report.h), or -1.
int serve_connection(const Policy& policy, const lib::Log& log,
                     const lib::Trace& trace, int listener);

}  // namespace popup
