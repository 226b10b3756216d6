// SPDX-License-Identifier: ISC
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "lib/io/deadline.h"

namespace popup {

// Runs as root: tells when the process that serves a client may be ended
// because nobody is left to be served.  A session usually ends by itself when
// its client leaves; one that is stopped, or hangs in a file system, does not.
//
// A client that has ended its own side may only have sent all that it wants to
// say, and still wait for the answer.  Its server is given up when it has used
// no processor time for ten minutes, and the client has taken what was sent to
// it. If the connection is closed altogether, idle_seconds without processor
// time are enough, and an hour ends a server that works, too. Nothing is read
// from the client.
class ClientWatch {
 public:
  // client is the descriptor that replies are written to.
  ClientWatch(int client, pid_t server, int idle_seconds = 60)
      : client_(client), server_(server), idle_seconds_(idle_seconds) {}

  // What to wait for with poll(2), and until when.
  [[nodiscard]] pollfd waiting() const;
  [[nodiscard]] lib::Deadline deadline() const {
    return next_look_.earlier(end_);
  }
  // To be called after each wait, with what poll(2) said.
  bool is_abandoned(short events);

 private:
  [[nodiscard]] bool is_idle();

  enum class Client { Here, HalfClosed, Gone };

  int client_;
  pid_t server_;
  int idle_seconds_;
  Client state_ = Client::Here;
  std::optional<int64_t> processor_ns_;  // of the server, at the last look
  lib::Deadline next_look_ = lib::Deadline::never();
  lib::Deadline end_ = lib::Deadline::never();
};

}  // namespace popup
