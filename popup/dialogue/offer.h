// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/process/checkpassword.h"
#include "lib/text/capabilities.h"

// The login mechanisms that popup offers, and the answers to CAPA and AUTH and
// the POPUP_CAPA that announce them (pure).
namespace popup {

struct Offer {
  bool apop = false;
  bool plain = true;  // the SASL mechanisms
  bool login = true;
  bool cram_md5 = false;
  unsigned login_delay =
      0;                // seconds; only announced, maildir-pop3d enforces it
  bool stls = false;    // STLS would work now
  bool locked = false;  // no login before TLS

  // True if mechanism is offered; false for every mechanism while locked.
  [[nodiscard]] bool has(lib::Mechanism mechanism) const;
};

// Sets the three SASL members of offer from a list such as "PLAIN,CRAM-MD5"
// (any case; an empty list means none of them).  False, with offer unchanged,
// if a name is unknown.
bool parse_mechanisms(std::string_view list, Offer& offer);

// The SASL mechanism of that name (any case) if it is offered, or Unnamed.
lib::Mechanism offered_mechanism(const Offer& offer, std::string_view name);

using AnnouncedLines = lib::FixedText<lib::kAnnouncedSize>;

// The value of POPUP_CAPA (lib/text/capabilities.h).  It describes the state
// after the login, so stls and locked do not matter.
AnnouncedLines announced_lines(const Offer& offer);

// The answer to CAPA, without USER and SASL while locked, because they would
// not work.
lib::CapabilityReply capa_reply(const Offer& offer);
// The answer to AUTH without a mechanism, by which old clients ask for the
// list.
lib::CapabilityReply mechanisms_reply(const Offer& offer);

}  // namespace popup
