// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <optional>

#include "lib/io/deadline.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"
#include "lib/text/address.h"

// With -D and -P the listener knows the proxy alone; the session, which has
// read the PROXY header, tells it who the client is and asks whether that
// source may have one session more.
namespace popup {

struct ClientReport {
  pid_t process = 0;  // the session's
  lib::Endpoint client;
  lib::UniqueFd answer;
};

// Runs as root: the listener's end, and the one that every session inherits.
class ClientReports {
 public:
  static lib::Result<ClientReports> open();

  [[nodiscard]] int fd() const { return receiving_.get(); }
  // A copy of the sessions' end, close-on-exec.
  [[nodiscard]] lib::UniqueFd sending() const;
  // nullopt where none has come.
  [[nodiscard]] std::optional<ClientReport> receive() const;
  static void answer(const ClientReport& report, bool granted);

 private:
  ClientReports(lib::UniqueFd receiving, lib::UniqueFd sending)
      : receiving_(std::move(receiving)), sending_(std::move(sending)) {}

  lib::UniqueFd receiving_;
  lib::UniqueFd sending_;
};

// Runs as root: the session's side.  False where the listener says no, or
// nothing until the deadline.  A listener that has ended keeps no count any
// more, and sessions outlive it: true.
bool ask_listener(int sending, const lib::Endpoint& client,
                  lib::Deadline deadline);

}  // namespace popup
