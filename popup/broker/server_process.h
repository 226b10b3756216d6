// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <csignal>
#include <cstdint>

#include "popup/broker/checker.h"
#include "popup/broker/client_watch.h"

namespace popup {

// Runs as root: the process of a checker and then of the server that it
// becomes, from its start until it is reaped, and how popup ends it: SIGTERM
// first, so that it can log its end, with SIGCONT in case it is stopped;
// SIGKILL after five seconds.  A process that hangs in the kernel does not die
// of that: three seconds later it is given up, and left to init.
class ServerProcess {
 public:
  ServerProcess() = default;
  explicit ServerProcess(pid_t process) : process_(process) {}

  [[nodiscard]] pid_t process() const { return process_; }
  // When deadline_passed() is due, on the monotonic clock; INT64_MAX: never.
  [[nodiscard]] int64_t deadline_ms() const {
    return std::min({limit_ms_, next_look_ms_, step_ms_});
  }
  // True if the client's descriptor is needed at the next deadline.
  [[nodiscard]] bool looks(int64_t now_ms) const {
    return next_look_ms_ <= now_ms;
  }

  // To be called if the client's descriptor cannot be copied this time.
  void look_later(int64_t now_ms) {
    next_look_ms_ = now_ms + ClientWatch::kIntervalMs;
  }

  // From now on it is a session: it is ended at limit_ms (--session), or once
  // it is abandoned (client_watch.h).
  void begin_session(int64_t now_ms, int64_t limit_ms);
  // If looks(), client is the client's descriptor, or -1 if the server has
  // closed it; otherwise it is not used.  True if the process is given up.
  bool deadline_passed(int client, int64_t now_ms);
  // Begins to end it.  Does nothing if that has begun.
  void end(EndCause cause, int64_t now_ms);
  // Kills it at once.
  void kill_now(int64_t now_ms);

  // Describes its end.  info is waitid's, or null if the process is given up.
  [[nodiscard]] Ending ending(const siginfo_t* info) const;

 private:
  pid_t process_ = -1;
  EndCause cause_ = EndCause::None;
  bool killed_ = false;
  int64_t limit_ms_ = INT64_MAX;
  int64_t next_look_ms_ = INT64_MAX;
  int64_t step_ms_ = INT64_MAX;  // when SIGKILL or giving up is due
  ClientWatch watch_;
};

}  // namespace popup
