// SPDX-License-Identifier: ISC
// Runs as root: pure; called by the broker and the dialogue.
#include "popup/dialogue/offer.h"

#include <array>

#include "lib/text/text.h"

namespace popup {
namespace {

using lib::Mechanism;

struct SaslMechanism {
  Mechanism mechanism;
  bool Offer::*offered;
};
constexpr std::array<SaslMechanism, 3> kSasl{{
    {Mechanism::Plain, &Offer::plain},
    {Mechanism::Login, &Offer::login},
    {Mechanism::CramMd5, &Offer::cram_md5},
}};

const SaslMechanism* find_sasl(std::string_view name) {
  for (const SaslMechanism& known : kSasl)
    if (lib::equal_caseless(lib::mechanism_name(known.mechanism), name))
      return &known;
  return nullptr;
}

}  // namespace

bool Offer::has(Mechanism mechanism) const {
  if (locked) return false;
  for (const SaslMechanism& known : kSasl)
    if (known.mechanism == mechanism) return this->*known.offered;
  return mechanism == Mechanism::Pass || (mechanism == Mechanism::Apop && apop);
}

bool parse_mechanisms(std::string_view list, Offer& offer) {
  Offer changed = offer;
  for (const SaslMechanism& known : kSasl) changed.*known.offered = false;
  while (!list.empty()) {
    const SaslMechanism* known = find_sasl(lib::next_field(list, ','));
    if (known == nullptr) return false;
    changed.*known->offered = true;
  }
  offer = changed;
  return true;
}

Mechanism offered_mechanism(const Offer& offer, std::string_view name) {
  const SaslMechanism* known = find_sasl(name);
  return known != nullptr && offer.*known->offered ? known->mechanism
                                                   : Mechanism::Unnamed;
}

AnnouncedLines announced_lines(const Offer& offer) {
  AnnouncedLines lines;
  lines << "USER";
  bool first = true;
  for (const SaslMechanism& known : kSasl) {
    if (!(offer.*known.offered)) continue;
    lines << (first ? "\nSASL " : " ") << lib::mechanism_name(known.mechanism);
    first = false;
  }
  if (offer.login_delay != 0)
    (lines << "\nLOGIN-DELAY ").number(offer.login_delay);
  return lines;
}

lib::CapabilityReply capa_reply(const Offer& offer) {
  const AnnouncedLines announced =
      offer.locked ? AnnouncedLines() : announced_lines(offer);
  return lib::capability_reply(announced.view(), offer.login_delay, offer.stls);
}

lib::CapabilityReply mechanisms_reply(const Offer& offer) {
  lib::CapabilityReply reply;
  reply << "+OK mechanisms follow\r\n";
  for (const SaslMechanism& known : kSasl)
    if (offer.*known.offered)
      reply << lib::mechanism_name(known.mechanism) << "\r\n";
  return reply << ".\r\n";
}

}  // namespace popup
