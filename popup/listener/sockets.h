// SPDX-License-Identifier: ISC
#pragma once

#include <optional>
#include <vector>

#include "lib/io/log.h"
#include "lib/io/unique_fd.h"
#include "lib/text/address.h"
#include "popup/listener/listener_options.h"

namespace popup {

// The number of sockets, from descriptor 3 on, that systemd passed to this very
// process (sd_listen_fds(3): LISTEN_PID and LISTEN_FDS).
unsigned passed_sockets();

struct ListenSocket {
  lib::UniqueFd fd;
  bool tls = false;  // TLS begins at once
};

// Our end of a TCP socket; nullopt for other descriptors.
std::optional<lib::Endpoint> local_endpoint(int fd);

// Returns the listening sockets, close-on-exec and non-blocking.  They are
// those that systemd passed; without any, one for each address of -l and
// --tls-listen; without addresses of -l, one for [::]:110 that takes IPv4, too,
// or for 0.0.0.0:110 on a host without IPv6.  A socket of systemd is for TLS if
// its name is pop3s or pop3s.socket.  Removes systemd's variables from the
// environment, and logs where each socket listens.  Ends the program with 100
// if an address is not valid, and with 111 if a socket cannot be made.
std::vector<ListenSocket> open_listen_sockets(const ListenerOptions& options,
                                              const lib::Log& log);

}  // namespace popup
