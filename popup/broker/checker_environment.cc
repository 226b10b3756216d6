// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/checker_environment.h"

#include <unistd.h>

#include <cstdlib>

#include "lib/process/environment.h"
#include "lib/text/address.h"
#include "popup/dialogue/tls_variables.h"

namespace popup {

void prepare_chain_environment(const lib::Log& log, const char* hostname,
                               const Offer& offer) {
  char** kept = environ;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("POPUP_")) *kept++ = *entry;
  *kept = nullptr;
  lib::drop_absolute_maildir();
  if (log.is_syslog()) lib::set_variable("POPUP_SYSLOG", "1");
  lib::set_variable("POPUP_HOST", hostname);
  lib::set_variable("POPUP_CAPA", announced_lines(offer).view());
}

void add_client_variables(const lib::Client& client) {
  const char* inherited = getenv("TCPREMOTEIP");
  if ((inherited != nullptr && lib::parse_address(inherited)) ||
      !lib::parse_address(client.ip.view()))
    return;
  lib::set_variable("TCPREMOTEIP", client.ip.view());
  if (client.port.empty())
    lib::unset_variable("TCPREMOTEPORT");
  else
    lib::set_variable("TCPREMOTEPORT", client.port.view());
}

bool export_tls_variables(std::string_view block) {
  TlsBlockEnd end;
  if (end.feed(block) != TlsBlockEnd::State::Complete ||
      end.size() != block.size())
    return false;
  TlsVariables variables(block);
  while (const auto variable = variables.next()) {
    if (variable->value)
      lib::set_variable(variable->name, *variable->value);
    else
      lib::unset_variable(variable->name);
  }
  return true;
}

}  // namespace popup
