// SPDX-License-Identifier: ISC
#pragma once

#include "lib/process/checkpassword.h"
#include "lib/process/exit_code.h"
#include "lib/result.h"

namespace checkpw {

// What a front end hands over on descriptor 3 (checkpassword(7)).
class Handover {
 public:
  // To be made before anything is opened, the log too, which would become
  // descriptor 3 where there is none.
  Handover();

  // Reads descriptor 3 to its end, closes it and decodes what it held.
  // Errors: EBADF (it was not open), EMSGSIZE (more than 512 bytes), none of
  // errno (0: no login and secret), ETIMEDOUT (no end within 60 seconds), and
  // whatever read(2) says.
  lib::Status receive();
  // kMisused for the first three of these, which are the front end's fault.
  static lib::ExitCode exit_code(const lib::Error& error);

  // After receive(); empty after wipe(), but for the login.
  [[nodiscard]] const lib::Credentials& credentials() const {
    return credentials_;
  }
  [[nodiscard]] const char* login() { return login_.c_str(); }
  void wipe();

 private:
  const bool given_;
  lib::Secret record_;
  lib::Credentials credentials_;  // views into record_
  lib::FixedText<lib::kCredentialsSize> login_;
};

}  // namespace checkpw
