// SPDX-License-Identifier: ISC
#pragma once

#include "lib/text/address.h"

// The variables in which a UCSPI server describes the connection to its
// program, with tcpserver's names.  IPv4 over an IPv6 socket appears as IPv4.
namespace popup {

// Removes what describes another connection, by which this process may have
// been started: its names, addresses and TLS variables.
void prepare_connection_environment();

// For a connection from a proxy: describes the client for whom the proxy
// speaks, and removes what describes the proxy itself.  Sets PROTO.
void describe_proxied_connection(const lib::Endpoint& client,
                                 const lib::Endpoint& local);

// Sets PROTO, TCPREMOTEIP and TCPREMOTEPORT from client, TCPLOCALIP and
// TCPLOCALPORT from the socket fd.
void describe_connection(int fd, const lib::Endpoint& client);

}  // namespace popup
