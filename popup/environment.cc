// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/environment.h"

#include <unistd.h>

#include <cstdlib>

#include "lib/address.h"

namespace popup {
namespace {

void discard_inherited() {
  char** kept = environ;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("POPUP_")) *kept++ = *entry;
  *kept = nullptr;
}

}  // namespace

void prepare_environment(std::string_view session_id, const Offer& offer,
                         lib::Client& client) {
  lib::FixedText<64> session;
  session << session_id;
  HandedCapabilities capabilities = handed_capabilities(offer);
  discard_inherited();
  setenv("POPUP_SID", session.c_str(), 1);
  setenv("POPUP_CAPA", capabilities.c_str(), 1);
  if (getenv("TCPREMOTEIP") != nullptr || !lib::parse_address(client.ip.view()))
    return;
  setenv("TCPREMOTEIP", client.ip.c_str(), 1);
  if (!client.port.empty() && getenv("TCPREMOTEPORT") == nullptr)
    setenv("TCPREMOTEPORT", client.port.c_str(), 1);
}

}  // namespace popup
