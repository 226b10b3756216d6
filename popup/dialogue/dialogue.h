// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "popup/dialogue/confinement.h"
#include "popup/dialogue/limits.h"
#include "popup/dialogue/offer.h"

namespace popup {

// All that the dialogue is given: once confined it cannot learn more.
struct DialogueSettings {
  const Jail& jail;
  const Offer& offer;
  std::string_view greeting;   // the whole line; empty after the first try
  std::string_view timestamp;  // the banner's, and CRAM-MD5's challenge
  Tally tally;                 // of earlier dialogues
  bool traced = false;         // client lines are wanted
  int tls_control = -1;        // SSLCTLFD, for request_tls
};

// Runs as root, if popup does, until it has confined itself (confinement.h).
// The unprivileged room: speaks the AUTHORIZATION state on descriptors 0 and
// 1, reading an octet at a time so that nothing behind the line that ends
// authentication is taken from what comes next; tells the broker by records
// (record.h) on the descriptor records, and ends the process.  A client that
// leaves ends it without a last record.  Knows no time: the broker kills it.
[[noreturn]] void converse(const DialogueSettings& settings, int records);

// Confines itself as the others do, and ends with Failure or Quit.
[[noreturn]] void try_confinement(const DialogueSettings& settings,
                                  int records);

// Two short dialogues, confined in the same way, which end with Failure or
// with what they are for and Quit.

// Reads the PROXY header that the connection opens with, and not an octet
// behind it: Proxied.  What is no header is told as Refused, again and again
// with one more octet, as far as they are shown.
[[noreturn]] void read_proxy_header(const DialogueSettings& settings,
                                    int records);

// Asks a UCSPI-TLS server for TLS and reads its answer (tls_variables.h), a
// stranger's certificate in it: TlsBlock, in as many parts as it takes.  An
// octet at a time as well: the clear text may come on the same descriptor.
[[noreturn]] void request_tls(const DialogueSettings& settings, int records);

}  // namespace popup
