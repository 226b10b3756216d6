// SPDX-License-Identifier: ISC
#pragma once

#include "lib/text/address.h"

// What a UCSPI server tells its program about the connection, as tcpserver
// spells it; IPv4 over an IPv6 socket is told as IPv4.
namespace popup {

// Sets PROTO, and removes what is left of a connection that this process was
// perhaps started by: names, addresses and TLS of somebody else.
void prepare_connection_environment();

// For a connection that comes from a proxy: whom the proxy speaks for, in the
// same variables; what is said of the proxy itself goes.
void describe_proxied_connection(const lib::Endpoint& client,
                                 const lib::Endpoint& local);

// Sets TCPREMOTEIP and TCPREMOTEPORT, and TCPLOCALIP and TCPLOCALPORT as fd
// tells them.
void describe_connection(int fd, const lib::Endpoint& client);

}  // namespace popup
