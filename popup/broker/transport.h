// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/io/deadline.h"
#include "lib/io/log.h"
#include "popup/broker/one_shot.h"
#include "popup/broker/policy.h"
#include "popup/broker/ucspi_tls.h"

namespace popup {

// Runs as root: how the client is connected, and what may be offered because of
// that: whether a proxy passes it on, and whether TLS is active or available.
class Transport {
 public:
  // Takes UCSPI-TLS from the environment.  policy and log must outlive the
  // object.  listener is the descriptor on which -D wants to learn who a
  // proxied client is (client_report.h), or -1.
  Transport(const Policy& policy, const lib::Log& log, int listener);

  // What the dialogue may offer now.
  [[nodiscard]] const Offer& offer() const { return offer_; }
  // For the log: the TLS version, "yes" if it is not known, "-" without TLS.
  [[nodiscard]] std::string_view tls_name() const;

  // With -P, before anything else: waits for the PROXY header and puts what it
  // says into the environment (ucspi_variables.h).  False if the connection is
  // to be closed; we have logged why then, or the listener has if it refused
  // the client.
  bool take_proxy_header(lib::Deadline deadline);

  // To be called after a dialogue has answered STLS and has ended.  Makes
  // descriptors 0 and 1 the clear text of a TLS connection, and exports its
  // variables.  Whatever the client sent after STLS is still in the socket: the
  // TLS process reads it, and fails if it is not a handshake.  False, with
  // failure set, if the connection cannot be used any more.
  bool start_tls(lib::Deadline deadline, FailureText& failure);

  // To be called before the checker starts.  A TLS process that was not asked
  // would otherwise wait for as long as the session lasts.
  void decline_tls();

 private:
  void set_encrypted(bool encrypted);
  bool switch_to_tls(lib::Deadline deadline, FailureText& failure);
  [[nodiscard]] DialogueSettings settings() const;

  const Policy& policy_;
  const lib::Log& log_;
  int listener_;
  UcspiTls tls_;
  Offer offer_;
  bool encrypted_ = false;
};

}  // namespace popup
