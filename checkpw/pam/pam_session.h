// SPDX-License-Identifier: ISC
#pragma once

#include <security/pam_appl.h>

#include <string>

#include "lib/crypto/secret.h"

namespace checkpw {

// What PAM says of one login.
enum class PamVerdict {
  Accepted,
  Refused,
  Expired,    // the account, or its password: POP3 cannot change it
  Temporary,  // PAM, or what is behind it, does not work
};

// One transaction with PAM (pam(3)), ended when this goes.
class PamSession {
 public:
  // The strings outlive this.  host may be empty: then PAM_RHOST stays unset.
  PamSession(const char* service, const char* login, const char* host,
             lib::Secret& password);
  PamSession(const PamSession&) = delete;
  PamSession& operator=(const PamSession&) = delete;
  ~PamSession();

  // Runs as root: the modules are the administrator's.  Null passwords are
  // forbidden; what modules have to tell is dropped, because POP3 has no
  // place for it.
  PamVerdict authenticate();

  // After Accepted: who owns the storage (PAM_USER, which a module may have
  // changed; empty where there is none), and $MAILDIR as a module put it.
  [[nodiscard]] std::string user() const;
  [[nodiscard]] std::string maildir() const;
  // The last error, for the log.
  [[nodiscard]] const char* error() const;

 private:
  pam_conv conversation_;
  pam_handle_t* handle_ = nullptr;
  int result_;
};

}  // namespace checkpw
