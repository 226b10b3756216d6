// SPDX-License-Identifier: ISC
#pragma once

#include <string>
#include <vector>

#include "lib/io/log.h"
#include "lib/io/unique_fd.h"

namespace popup {

// How many descriptors from 3 on systemd passed to this very process.
unsigned passed_sockets();

// The listening sockets, close-on-exec and non-blocking: those that systemd
// passed (sd_listen_fds(3): LISTEN_PID and LISTEN_FDS, which are removed from
// the environment); else one for each address; else one for [::]:110 with
// IPv4, or 0.0.0.0:110 on a host without IPv6.  Logs where each of them
// listens.  Ends the program with 100 for an address that cannot be read,
// with 111 for one that cannot be had.
std::vector<lib::UniqueFd> open_listen_sockets(
    const std::vector<std::string>& addresses, unsigned backlog,
    const lib::Log& log);

}  // namespace popup
