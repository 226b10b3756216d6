// SPDX-License-Identifier: ISC
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "lib/io/deadline.h"

namespace popup {

// Runs as root: decides when a server has no client left and may be ended.  A
// session usually ends by itself when its client leaves; a session that is
// stopped, or hangs in a file system, does not.
//
// - A client that has closed only its sending side may still wait for replies.
//   Its server is abandoned if it has used no processor time for ten minutes
//   and the client has received everything that was sent to it.
// - If the connection is closed altogether, the server is abandoned after
//   idle_seconds without processor time, and after an hour even if it works.
//
// Nothing is read from the client.
class ClientWatch {
 public:
  // client is the descriptor that replies are written to, server a process.
  ClientWatch(int client, pid_t server, int idle_seconds = 60)
      : client_(client), server_(server), idle_seconds_(idle_seconds) {}

  // The caller waits for this by poll(2), until deadline().
  [[nodiscard]] pollfd waiting() const;
  [[nodiscard]] lib::Deadline deadline() const {
    return next_look_.earlier(end_);
  }
  // To be called after each wait, with the events that poll(2) returned.
  bool is_abandoned(short events);

 private:
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
