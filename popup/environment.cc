// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/environment.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "lib/address.h"
#include "popup/tls_variables.h"

namespace popup {
namespace {

void discard_inherited() {
  char** kept = environ;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("POPUP_")) *kept++ = *entry;
  *kept = nullptr;
}

}  // namespace

void prepare_environment(std::string_view session_id, const char* hostname,
                         const Offer& offer, lib::Client& client) {
  lib::FixedText<64> session;
  session << session_id;
  HandedCapabilities capabilities = handed_capabilities(offer);
  discard_inherited();
  setenv("POPUP_SID", session.c_str(), 1);
  setenv("POPUP_HOST", hostname, 1);
  setenv("POPUP_CAPA", capabilities.c_str(), 1);
  const char* told = getenv("TCPREMOTEIP");
  if ((told != nullptr && lib::parse_address(told)) ||
      !lib::parse_address(client.ip.view()))
    return;
  setenv("TCPREMOTEIP", client.ip.c_str(), 1);
  if (client.port.empty())
    unsetenv("TCPREMOTEPORT");
  else
    setenv("TCPREMOTEPORT", client.port.c_str(), 1);
}

bool export_tls_variables(std::string_view block) {
  TlsBlockEnd end;
  if (end.feed(block) != TlsBlockEnd::State::Complete ||
      end.size() != block.size())
    return false;
  TlsVariables variables(block);
  while (const auto variable = variables.next()) {
    const std::string name(variable->name);
    if (variable->value)
      setenv(name.c_str(), variable->entry + name.size() + 1, 1);
    else
      unsetenv(name.c_str());
  }
  return true;
}

}  // namespace popup
