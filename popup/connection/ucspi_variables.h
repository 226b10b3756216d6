// SPDX-License-Identifier: ISC
#pragma once

#include <optional>

#include "lib/text/address.h"

// The variables in which a UCSPI server describes the connection to its
// program, with tcpserver's names.  IPv4 over an IPv6 socket appears as IPv4.
namespace popup {

// For popup -D, which may have been started from another connection: removes
// the names, addresses and TLS variables that describe that one.
void prepare_connection_environment();

// For a connection from a proxy: describes the proxy's client, and removes what
// describes the proxy itself.  Sets PROTO.
void describe_proxied_connection(const lib::Endpoint& client,
                                 const lib::Endpoint& local);

// Sets PROTO, TCPREMOTEIP and TCPREMOTEPORT from client, TCPLOCALIP and
// TCPLOCALPORT from local, if it is known.
void describe_connection(const lib::Endpoint& client,
                         const std::optional<lib::Endpoint>& local);

}  // namespace popup
