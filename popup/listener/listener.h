// SPDX-License-Identifier: ISC
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/io/log.h"
#include "lib/io/unique_fd.h"
#include "popup/connection/proxies.h"

// popup -D: the super-server of its own (doc/design.md, "popup -D").
namespace popup {

struct ListenerOptions {
  std::vector<std::string> addresses;  // -l [addr]:port; empty: the default
  unsigned sessions = 500;             // -c
  unsigned per_source = 50;            // -C
  unsigned min_delay_seconds = 10;     // --min-delay
  unsigned backlog = 128;              // -b
  bool detach = false;                 // --detach
  // --drain: sessions have so long to end by themselves after SIGTERM.
  // Without it the listener leaves them alone.
  std::optional<unsigned> drain_seconds;
};

// Listens and forks per connection until SIGTERM.  Returns only in a child,
// with the connection on descriptors 0 and 1, PROTO, TCPLOCALIP/PORT and
// TCPREMOTEIP/PORT set, signals reset, the listener's descriptors closed;
// ends the process otherwise.  With detach that is another process, and the
// one that was started ends as soon as connections are waited for.  Where
// proxies are expected, trusted ones do not count as sources: the session asks
// for its client (client_report.h) on the descriptor that is returned then.
lib::UniqueFd accept_connections(const ListenerOptions& options,
                                 const Proxies& proxies, const lib::Log& log);

}  // namespace popup
