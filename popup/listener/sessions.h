// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "lib/text/address.h"
#include "popup/listener/pool.h"
#include "popup/listener/rate_limit.h"

namespace popup {

// The sessions that the listener started, and popa3d's guards over them: a
// cap on all that run, and one on those of a source (lib::source_of), where a
// session that was started less than the minimum delay ago still counts when
// it is over, so that connecting in a loop gains nothing.
//
// Pure: no system calls, the time is an argument, and the memory is the
// caller's, who can keep it out of the sessions' processes.  Each operation
// takes the same time however many sessions there are.
class Sessions {
 public:
  struct Limits {
    unsigned sessions = 500;
    unsigned per_source = 50;  // at least 1
    int64_t min_delay_ms = 10'000;
  };

  // Finished sessions remembered for the minimum delay.  With more of them,
  // a flood from very many sources, the oldest are forgotten early.
  static constexpr size_t kRemembered = 4096;

  // The bytes of zeroed memory, aligned as malloc does, that a table takes.
  static size_t memory_size(const Limits& limits);

  // key makes the hash of addresses unpredictable.
  Sessions(const Limits& limits, std::span<std::byte> memory, uint64_t key);
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  using Id = uint32_t;

  // A place for one more session; nullopt where as many as allowed run.
  // It ends by started() and closed(), or by cancel().
  std::optional<Id> open(int64_t now_ms);

  struct Share {
    bool granted;
    unsigned taken;       // by this source, the new session included if granted
    RateLimit& refusals;  // of this source, for the log
  };
  // Counts the session for its client's source.  A session may go without
  // (behind a proxy, whose own address says nothing) and may be attributed
  // again; where the new source has its share already, it stays as it was.
  Share attribute(Id session, const lib::Address& client, int64_t now_ms);

  void started(Id session, pid_t pid, int64_t now_ms);
  void cancel(Id session);

  struct Closed {
    std::optional<lib::Address> client;
    int64_t duration_ms = 0;
  };
  // nullopt for a process that is no session.
  std::optional<Closed> closed(pid_t pid, int64_t now_ms);

  [[nodiscard]] Id find(pid_t pid);  // 0 where there is none
  // Calls with the process of each session that runs.
  template <typename Call>
  void for_each(Call call) {
    for (Id session = 1; session <= sessions_.highest(); ++session)
      if (sessions_[session].pid != 0) call(sessions_[session].pid);
  }
  [[nodiscard]] unsigned running() const { return running_; }

 private:
  struct Session {
    lib::Address client;
    int64_t started_ms;
    pid_t pid;  // 0 before it is started and once it is over
    uint32_t source;
    uint32_t next;
    Id next_young;
    bool young;
  };
  struct Source {
    lib::Address address;
    unsigned counted;
    uint32_t next;
    RateLimit refusals;
  };

  struct Parts {
    std::span<Session> sessions;
    std::span<Source> sources;
    std::span<uint32_t> by_pid;
    std::span<uint32_t> by_address;
  };

  static Parts divide(const Limits& limits, std::byte* memory);
  Sessions(const Limits& limits, const Parts& parts, uint64_t key);

  void forget_old(int64_t now_ms);
  void age_oldest();
  void release(Id session);
  void leave_source(Id session);
  uint32_t source_number(const lib::Address& address);
  [[nodiscard]] uint64_t hash_source(const lib::Address& address) const;

  Limits limits_;
  Pool<Session> sessions_;
  Pool<Source> sources_;
  uint64_t key_;
  unsigned running_ = 0;  // or about to
  // Sessions younger than the minimum delay, in order of their start.
  Id oldest_young_ = 0;
  Id newest_young_ = 0;
};

}  // namespace popup
