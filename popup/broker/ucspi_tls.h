// SPDX-License-Identifier: ISC
#pragma once

#include "lib/io/log.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"

// The program's side of UCSPI-TLS: a process that our super-server keeps
// ready speaks TLS in our place once it is asked, and the connection is on
// pipes from then on.  What it is asked and what it answers passes through a
// dialogue (dialogue.h); here are the descriptors, in the broker.
namespace popup {

// Whether the super-server says that TLS is spoken in front of us already:
// SSL_PROTOCOL (sslserver, s6) or POP3_TLS (couriertls), not empty.
bool is_encrypted_already();

// Runs as root.
class UcspiTls {
 public:
  // Takes SSLCTLFD, SSLREADFD and SSLWRITEFD (they may be one and the same),
  // unless UCSPITLS is `-', and removes all four variables: they mean nothing
  // to what runs behind us.  Variables that name nothing fit for it are left
  // with a warning in the log: TLS is not available then.
  void take(const lib::Log& log);

  [[nodiscard]] bool available() const { return control_.valid(); }
  // UCSPITLS is `!': no login before TLS.
  [[nodiscard]] bool required() const { return required_; }

  // Closes what is still open: a TLS process that nobody asked ends.
  void decline();

  // Puts the clear text sides in the place of descriptors 0 and 1; the
  // socket is the TLS process's alone from then on.  To be called when all
  // that had to be said in the clear has been sent.
  lib::Status switch_over();

  // TLS works, and the socket is forgotten; or it does not, and the connection
  // is shut down: a TLS process might wait for a handshake for ever.
  void conclude(bool works);

  // For the dialogue that asks.
  [[nodiscard]] int control() const { return control_.get(); }

 private:
  lib::UniqueFd control_;
  lib::UniqueFd reading_;
  lib::UniqueFd writing_;
  lib::UniqueFd socket_;  // between switch_over and conclude
  bool required_ = false;
};

}  // namespace popup
