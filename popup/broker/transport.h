// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/io/deadline.h"
#include "lib/io/log.h"
#include "popup/broker/one_shot.h"
#include "popup/broker/policy.h"
#include "popup/broker/ucspi_tls.h"

namespace popup {

// Runs as root: what carries the connection, as the broker knows it: a proxy
// in front that says who the client is, TLS that is there or can be had, and
// what may be offered because of it.
class Transport {
 public:
  // Takes UCSPI-TLS from the environment.  options and log outlive it.
  // listener is where -D wants to hear of a proxied client (client_report.h),
  // or -1.
  Transport(const Policy& policy, const lib::Log& log, int listener);

  // What the dialogue may offer now.
  [[nodiscard]] const Offer& offer() const { return offer_; }
  // For the log: the protocol's name, "yes" where it is not known, "-".
  [[nodiscard]] std::string_view tls_name() const;

  // With -P, before anything else: waits for the header, and makes
  // the environment (connection_environment.h) what it says.  False, with a
  // line in the log (the listener's, where it says no), where the connection
  // is to be closed.
  bool hear_proxy(lib::Deadline deadline);

  // To be called when a dialogue has answered STLS and is gone.  Moves
  // descriptors 0 and 1 behind TLS, and its variables into the environment.
  // What the client sent behind STLS is still in the socket, for the TLS
  // process to choke on.  False where the connection is beyond use.
  bool start_tls(lib::Deadline deadline, Complaint& complaint);

  // Before the checker starts: a TLS process that nobody asked by then would
  // wait for as long as the session lasts.
  void decline_tls();

 private:
  void set_encrypted(bool encrypted);
  bool ask_for_tls(lib::Deadline deadline, Complaint& complaint);
  void believe_proxy(const ProxiedClient& told);
  [[nodiscard]] DialogueSettings settings() const;

  const Policy& policy_;
  const lib::Log& log_;
  int listener_;
  UcspiTls tls_;
  Offer offer_;
  bool encrypted_ = false;
};

}  // namespace popup
