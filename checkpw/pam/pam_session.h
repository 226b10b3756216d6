// SPDX-License-Identifier: ISC
#pragma once

#include <security/pam_appl.h>

#include <string>

#include "lib/crypto/secret.h"

// This folder lets PAM decide about a login.
// checkpw-pam's main, which is in it, calls it.
// It may call login/ and stores/.
namespace checkpw {

// PAM's answer to one login.
enum class PamVerdict {
  Accepted,
  Refused,
  Expired,    // the account, or its password, which POP3 cannot change
  Temporary,  // PAM or a module does not work
};

// One transaction with PAM (pam(3)), which the destructor ends.
class PamSession {
 public:
  // The strings and password must outlive this.  An empty host leaves PAM_RHOST
  // unset.
  PamSession(const char* service, const char* login, const char* host,
             lib::Secret& password);
  PamSession(const PamSession&) = delete;
  PamSession& operator=(const PamSession&) = delete;
  ~PamSession();

  // Runs as root, and so do the modules, which the administrator chose.  Null
  // passwords are forbidden.  Messages of modules are dropped, because POP3 has
  // no place for them.
  PamVerdict authenticate();

  // After Accepted: PAM_USER, the owner of the storage, which a module may have
  // changed; empty if it is not set.  And the MAILDIR that a module set, or "".
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
