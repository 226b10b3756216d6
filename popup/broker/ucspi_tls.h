// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/log.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"

// The program's side of UCSPI-TLS.  The super-server keeps a process ready that
// speaks TLS for us once it is asked; from then on our connection is a pair of
// pipes to that process.  A dialogue (dialogue.h) asks it and reads its answer;
// the descriptors are kept here, in the broker.
namespace popup {

// True if the super-server speaks TLS with the client already: SSL_PROTOCOL
// (sslserver, s6) or POP3_TLS (couriertls) is set and not empty.
bool is_encrypted_already();

// Runs as root.
class UcspiTls {
 public:
  // Takes over the descriptors that SSLCTLFD, SSLREADFD and SSLWRITEFD name
  // (they may all be the same one); if UCSPITLS is '-', closes them.  Removes
  // all four variables, which mean nothing to the programs after us.  If the
  // variables name unfit descriptors, these are left alone, the log gets a
  // warning, and TLS is not available.
  void take_from_environment(const lib::Log& log);

  [[nodiscard]] bool available() const { return control_.valid(); }
  // UCSPITLS is '!': no login before TLS.
  [[nodiscard]] bool required() const { return required_; }
  // UCSPITLS is '-': no STLS, by whatever means.
  [[nodiscard]] bool switched_off() const { return switched_off_; }

  // Closes the descriptors that are still open.  A TLS process that was not
  // asked ends then.
  void decline();

  // Makes the pipes with the clear text descriptors 0 and 1.  From then on only
  // the TLS process uses the socket.  To be called once everything that has to
  // be sent without TLS has been sent.
  lib::Status switch_over();

  // To be called after the answer of the TLS process.  If TLS does not work,
  // shuts the connection down: otherwise the TLS process might wait for a
  // handshake for ever.
  void conclude(bool works);

  // SSLCTLFD, for the dialogue that asks.
  [[nodiscard]] int control() const { return control_.get(); }

 private:
  lib::UniqueFd control_;
  lib::UniqueFd reading_;
  lib::UniqueFd writing_;
  lib::UniqueFd socket_;  // between switch_over and conclude
  bool required_ = false;
  bool switched_off_ = false;
};

}  // namespace popup
