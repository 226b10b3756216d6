// SPDX-License-Identifier: ISC
// popup/broker: the privileged process of a connection.  It starts the
// dialogue and the checker and acts on what they report.
// Called by: popup's main.  Calls: popup/dialogue, popup/connection, lib.
#pragma once

#include "lib/io/log.h"
#include "lib/io/trace.h"
#include "popup/broker/policy.h"

namespace popup {

// Runs as root, if popup was started as root.  Serves the connection on
// descriptors 0 and 1 from the greeting to the end and returns popup's exit
// code.  The broker never looks at what the client sends: the dialogue does.
// It enforces the deadline of the login (-L) and writes the log.  It writes to
// the client only after a dialogue has ended, and never once the program after
// the checker has written.  listener is the descriptor on which -D wants to
// learn who a proxied client is (client_report.h), or -1.
int serve_connection(const Policy& policy, const lib::Log& log,
                     const lib::Trace& trace, int listener);

}  // namespace popup
