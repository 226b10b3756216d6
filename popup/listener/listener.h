// SPDX-License-Identifier: ISC
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/io/log.h"
#include "lib/io/unique_fd.h"
#include "popup/connection/proxies.h"

// The folder listener: popup -D, which listens, counts and limits connections,
// and forks a process for each (popup(8), -D).
// May be called by: main.cc and options.cc.
// May call: connection and lib.
namespace popup {

struct ListenerOptions {
  std::vector<std::string> addresses;  // -l [addr]:port; empty: the default
  unsigned sessions = 500;             // -c
  unsigned per_source = 50;            // -C, at least 1
  unsigned min_delay_seconds = 10;     // --min-delay
  unsigned backlog = 128;              // -b
  bool detach = false;                 // --detach
  // --drain: how long sessions have to end by themselves after SIGTERM.
  // Without it the listener leaves them alone.
  std::optional<unsigned> drain_seconds;
};

// Listens until SIGTERM or SIGINT, and forks a process for each connection.
// Returns only in such a process, with the connection on descriptors 0 and 1;
// PROTO, TCPLOCALIP/PORT and TCPREMOTEIP/PORT set; signals reset; the
// listener's descriptors closed.  With detach the listener is a daemon: the
// process that was started exits as soon as the daemon accepts connections.
// If proxies are expected, a trusted one does not count as a source.  Each
// session then asks the listener about its client (client_report.h) on the
// descriptor that is returned; otherwise that one is not valid.
lib::UniqueFd accept_connections(const ListenerOptions& options,
                                 const Proxies& proxies, const lib::Log& log);

}  // namespace popup
