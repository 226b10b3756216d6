// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/process/checkpassword.h"
#include "lib/text/capabilities.h"

// What popup offers, and how CAPA, AUTH and POPUP_CAPA tell it (pure).
namespace popup {

struct Offer {
  bool apop = false;
  bool plain = true;  // the SASL mechanisms
  bool login = true;
  bool cram_md5 = false;
  unsigned login_delay = 0;  // seconds, announced alone
  bool stls = false;         // STLS would work now
  bool locked = false;       // no login before TLS

  // False for all of them while locked.
  [[nodiscard]] bool has(lib::Mechanism mechanism) const;
};

// Sets the three SASL members of offer from a list such as
// "PLAIN,CRAM-MD5" (any case; empty: none); false, with offer unchanged,
// where a name is unknown.
bool parse_mechanisms(std::string_view list, Offer& offer);

// The SASL mechanism of that name (any case) if it is offered, or Unnamed.
lib::Mechanism offered_mechanism(const Offer& offer, std::string_view name);

using HandedCapabilities = lib::FixedText<lib::kHandedCapabilitiesSize>;

// The value of POPUP_CAPA (lib/text/capabilities.h): what holds at the login,
// so that neither stls nor locked matters.
HandedCapabilities handed_capabilities(const Offer& offer);

// The answers to CAPA (without USER and SASL while locked: they would not
// work), and to AUTH without a mechanism, which old clients send to learn the
// mechanisms.
lib::CapabilityReply capa_reply(const Offer& offer);
lib::CapabilityReply mechanisms_reply(const Offer& offer);

}  // namespace popup
