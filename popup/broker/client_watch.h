// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace popup {

// Runs as root: decides when a server has no client left and may be ended.  A
// session usually ends by itself when its client leaves; a session that is
// stopped, or hangs in a file system, does not.
//
// - A client that has closed only its sending side may still wait for replies.
//   Its server is abandoned if it has used no processor time for ten minutes
//   and the client has received everything that was sent to it.
// - If the connection is closed altogether, the server is abandoned after the
//   interval without processor time, and after an hour even if it works.
//
// Nothing is read from the client.
class ClientWatch {
 public:
  static constexpr int64_t kIntervalMs = 60'000;

  // To be called once in each interval.  client is the descriptor that replies
  // are written to; -1 if the server has closed it.
  bool is_abandoned(int client, pid_t server, int64_t now_ms);

 private:
  enum class Client : unsigned char { Here, HalfClosed, Gone };

  Client state_ = Client::Here;
  std::optional<int64_t> processor_ns_;  // of the server, at the last look
  int64_t idle_since_ms_ = 0;            // if the client is not Here
  int64_t gone_since_ms_ = 0;            // if it is Gone
};

}  // namespace popup
