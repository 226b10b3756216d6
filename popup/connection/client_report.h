// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <optional>

#include "lib/io/deadline.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"
#include "lib/text/address.h"

// With -D and -P the listener knows only the proxy's address.  The session
// reads the PROXY header, tells the listener who the client is, and asks
// whether that source may have a further session.
namespace popup {

struct ClientReport {
  pid_t process = 0;  // the session's
  lib::Endpoint client;
  lib::UniqueFd answer;
};

// Runs as root: the listener's end of the channel, and the end that every
// session inherits.
class ClientReports {
 public:
  static lib::Result<ClientReports> open();

  [[nodiscard]] int fd() const { return receiving_.get(); }
  // A copy of the sessions' end, close-on-exec.
  [[nodiscard]] lib::UniqueFd sending() const;
  // The next report; nullopt if there is none.
  [[nodiscard]] std::optional<ClientReport> receive() const;
  static void answer(const ClientReport& report, bool granted);

 private:
  ClientReports(lib::UniqueFd receiving, lib::UniqueFd sending)
      : receiving_(std::move(receiving)), sending_(std::move(sending)) {}

  lib::UniqueFd receiving_;
  lib::UniqueFd sending_;
};

// Runs as root: the session's side.  Returns false if the listener refuses, or
// does not answer before the deadline.  True without a listener to ask (sending
// is -1), and if it has ended: sessions outlive it, and nobody counts then.
bool ask_listener(int sending, const lib::Endpoint& client,
                  lib::Deadline deadline);

}  // namespace popup
