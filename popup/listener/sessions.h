// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/text/address.h"
#include "popup/listener/rate_limit.h"
#include "popup/listener/unshared_memory.h"

namespace popup {

// The sessions that the listener has started, and popa3d's two limits: one for
// all sessions, one for the sessions of a source (lib::source_of).  A session
// that was started less than the minimum delay ago counts for its source even
// after its end, so that connecting in a loop gains nothing.
//
// Makes no system calls after its construction; the time is an argument.
class Sessions {
 public:
  struct Limits {
    unsigned sessions = 500;
    unsigned per_source = 50;  // at least 1
    int64_t min_delay_ms = 10'000;
  };

  // How many ended sessions are remembered for the minimum delay.  If there are
  // more, as in a flood from very many sources, the earliest are forgotten.
  static constexpr size_t kRemembered = 4096;

  struct Session {
    pid_t pid;
    int64_t started_ms;
    // Unset until attribute(): the session counts for no source.
    std::optional<lib::Address> client;
  };

  // How many sessions count for a source.
  struct Share {
    unsigned counted = 0;
    // Limits the log lines about refusals; set if the source may have no
    // further session.  Valid until the next call.
    RateLimit* refusals = nullptr;

    [[nodiscard]] bool is_full() const { return refusals != nullptr; }
  };

  explicit Sessions(const Limits& limits);

  // Sorted by pid.
  [[nodiscard]] const auto& running() const { return running_; }
  // True if no further session may be started.
  [[nodiscard]] bool is_full() const {
    return running_.size() >= limits_.sessions;
  }
  Share share_of(const lib::Address& client, int64_t now_ms);

  void started(pid_t pid, int64_t now_ms);

  // Counts the session for its client's source, and no longer for an earlier
  // one.  If the new source is full, nothing changes.  Returns the new source's
  // share, is_full() only if it was full before; nullopt if pid is not a
  // running session.
  std::optional<Share> attribute(pid_t pid, const lib::Address& client,
                                 int64_t now_ms);

  // Returns the session that was; nullopt if pid is not a running session.
  std::optional<Session> ended(pid_t pid, int64_t now_ms);

 private:
  struct Source {
    lib::Address address;  // as lib::source_of() returns it
    unsigned counted = 0;  // running and remembered sessions; never 0
    RateLimit refusals;
  };
  struct Remembered {
    int64_t counts_until_ms;
    lib::Address client;
  };
  template <typename T>
  using Vector = std::vector<T, UnsharedMemory<T>>;

  // The place of an element, or where it belongs.
  Vector<Session>::iterator place_of(pid_t pid);
  Vector<Source>::iterator place_of(const lib::Address& source);
  Vector<Session>::iterator find(pid_t pid);  // end() if pid is not running
  void release(const lib::Address& client);
  void forget(Vector<Remembered>::iterator end);

  Limits limits_;
  // Sorted by pid, address and time.  In a flood, starting and ending a session
  // costs 5 us with 500 of them, 140 us with 100,000, 1.4 ms with a million; a
  // session itself takes over 500 us of processor time.
  Vector<Session> running_;
  Vector<Source> sources_;
  Vector<Remembered> remembered_;
};

}  // namespace popup
