// SPDX-License-Identifier: ISC
#pragma once

#include "checkpw/login/name.h"
#include "lib/process/checkpassword.h"
#include "lib/process/exit_code.h"
#include "lib/result.h"

namespace checkpw {

// The record that a front end hands over on descriptor 3 (checkpassword(7)).
class Handover {
 public:
  // Make it before anything is opened, even the log: a file that is opened
  // while descriptor 3 is closed becomes descriptor 3.
  Handover();

  // Descriptor 3 was open.
  [[nodiscard]] bool is_given() const { return given_; }

  // Reads descriptor 3 to its end, closes it and decodes the record.  Errors:
  // EBADF, it was not open; EMSGSIZE, more than 512 bytes; 0, no login and
  // secret; ETIMEDOUT, no end within 60 seconds; or read(2)'s.
  lib::Status receive(const NameRules& rules);
  // kMisused for the first three of these, which are the front end's fault;
  // else kTemporary.
  static lib::ExitCode exit_code(const lib::Error& error);

  // After receive(); empty after wipe().
  [[nodiscard]] const lib::Credentials& credentials() const {
    return credentials_;
  }
  // After receive(), by the rules; wipe() keeps it.  credentials().login stays
  // the client's spelling, which no proof depends on.
  [[nodiscard]] const char* login() { return login_.c_str(); }
  void wipe();

 private:
  const bool given_;
  lib::Secret record_;
  lib::Credentials credentials_;  // views into record_
  LoginName login_;
};

}  // namespace checkpw
