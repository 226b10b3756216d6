// SPDX-License-Identifier: ISC
// Runs as root: sets variables for the checker.
#include "popup/connection/ucspi_variables.h"

#include "lib/process/environment.h"

namespace popup {
namespace {

void set_endpoint(const char* ip, const char* port,
                  const lib::Endpoint& endpoint) {
  lib::set_variable(ip, lib::format_address(endpoint.address).view());
  lib::set_variable(port, endpoint.port);
}

void forget_endpoints() {
  for (const char* name :
       {"TCPLOCALHOST", "TCPLOCALIP", "TCPLOCALPORT", "TCPREMOTEHOST",
        "TCPREMOTEINFO", "TCPREMOTEIP", "TCPREMOTEPORT", "TCP6LOCALHOST",
        "TCP6LOCALIP", "TCP6LOCALPORT", "TCP6REMOTEHOST", "TCP6REMOTEINFO",
        "TCP6REMOTEIP", "TCP6REMOTEPORT", "REMOTE_ADDR", "REMOTE_PORT",
        "REMOTE_HOST", "PROTO"})
    lib::unset_variable(name);
}

}  // namespace

void prepare_connection_environment() {
  forget_endpoints();
  for (const char* name : {"SSL_PROTOCOL", "SSL_CIPHER", "POP3_TLS", "SSLCTLFD",
                           "SSLREADFD", "SSLWRITEFD"})
    lib::unset_variable(name);
}

void describe_proxied_connection(const lib::Endpoint& client,
                                 const lib::Endpoint& local) {
  forget_endpoints();
  describe_connection(client, local);
}

void describe_connection(const lib::Endpoint& client,
                         const std::optional<lib::Endpoint>& local) {
  lib::set_variable("PROTO", "TCP");
  set_endpoint("TCPREMOTEIP", "TCPREMOTEPORT", client);
  if (local) set_endpoint("TCPLOCALIP", "TCPLOCALPORT", *local);
}

}  // namespace popup
