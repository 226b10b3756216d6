// SPDX-License-Identifier: ISC
#pragma once

#include <poll.h>
#include <sys/types.h>

#include "lib/deadline.h"

namespace popup {

// Runs as root: tells when the process that serves a client may be ended
// because nobody is left to be served.  A session usually ends by itself when
// its client leaves; one that is stopped, or hangs in a file system, does not.
//
// What counts as gone is the end of the client's side, although it may only
// have sent all that it wants to say.  So a server is left alone while it
// works (it uses processor time) and while the client has yet to take what was
// sent to it.  If the client has gone altogether, an hour ends that, too.
// Nothing is read from the client.
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
  int64_t processor_ns_ = 0;  // used by the server at the last look
  lib::Deadline next_look_ = lib::Deadline::never();
  lib::Deadline end_ = lib::Deadline::never();
};

}  // namespace popup
