// SPDX-License-Identifier: ISC
// popup/dialogue: the unprivileged process that reads what the network sends,
// and the records by which it reports to the broker.
// Called by: popup/broker.  Calls: lib only.
#pragma once

#include <string_view>

#include "popup/dialogue/confinement.h"
#include "popup/dialogue/limits.h"
#include "popup/dialogue/offer.h"

namespace popup {

// Everything a dialogue is given: once confined it cannot learn more.
struct DialogueSettings {
  const Jail& jail;
  const Offer& offer;
  std::string_view greeting;   // the whole line; empty after the first try
  std::string_view timestamp;  // the banner's, and CRAM-MD5's challenge
  Tally tally;                 // of earlier dialogues
  bool traced = false;         // the broker wants Trace records
  // SSLCTLFD for request_tls, the helper's status for await_tls.
  int tls_control = -1;
};

// A dialogue process runs one of the functions below: as root, if popup does,
// until the function has confined the process (confinement.h).  The function
// reports to the broker by records (record.h) on the descriptor records, then
// ends the process.  None has a timeout: the broker kills a process that takes
// too long.

// Speaks the AUTHORIZATION state of POP3 on descriptors 0 and 1.  Reads an
// octet at a time, so that everything after the line that ends the dialogue is
// left to the program that reads next.  If the client leaves, there is no last
// record.
[[noreturn]] void run_login_dialogue(const DialogueSettings& settings,
                                     int records);

// The others are one-shot dialogues.  They end with Failure, or with their
// result, if they have one, and Quit.

// Only confines itself.
[[noreturn]] void try_confinement(const DialogueSettings& settings,
                                  int records);

// Reads the PROXY header that the connection begins with, and not an octet
// more: Proxied.  If it is not a PROXY header, sends Refused with the octets so
// far, and again after each further octet, up to kQuotedOctets.
[[noreturn]] void read_proxy_header(const DialogueSettings& settings,
                                    int records);

// Asks a UCSPI-TLS server for TLS and reads its answer (tls_variables.h), which
// contains a stranger's certificate: TlsBlock, in as many parts as it takes.
// Reads an octet at a time, too: the clear text may come on the same
// descriptor.
[[noreturn]] void request_tls(const DialogueSettings& settings, int records);

// Waits until a TLS helper has shaken hands with the client: until its status
// ends.  A line of text in it is the Failure.
[[noreturn]] void await_tls(const DialogueSettings& settings, int records);

}  // namespace popup
