// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/text/address.h"
#include "popup/loop/rate_limit.h"
#include "popup/loop/table.h"

namespace popup {

// Counts the connections of each source (lib::source_of), for -C.  A connection
// that began less than the minimum delay ago counts even after its end, so that
// connecting in a loop gains nothing.
//
// Makes no system calls after its construction; the time is an argument.
class Sources {
 public:
  struct Limits {
    unsigned connections = 500;  // of all sources together
    unsigned per_source = 50;    // at least 1
    int64_t min_delay_ms = 10'000;
  };

  // How many ended connections are remembered for the minimum delay.  If there
  // are more, as in a flood from very many sources, the earliest are forgotten.
  static constexpr size_t kRemembered = 4096;

  // How many connections count for a source.
  struct Share {
    unsigned counted = 0;
    // Limits the log lines about refusals; set if the source may have no
    // further connection.  Valid until the next call.
    RateLimit* refusals = nullptr;

    [[nodiscard]] bool is_full() const { return refusals != nullptr; }
  };

  explicit Sources(const Limits& limits);

  // Counts a connection for its client's source and returns the new share.  If
  // the source is full nothing changes, and the share says so.
  Share add(const lib::Address& client, int64_t now_ms);
  // A connection that add() has counted has ended.
  void remove(const lib::Address& client, int64_t started_ms, int64_t now_ms);

 private:
  struct Source {
    lib::Address address;  // as lib::source_of() returns it
    unsigned counted = 0;  // open and remembered connections; never 0
    RateLimit refusals;
  };
  struct Remembered {
    int64_t counts_until_ms;
    lib::Address client;
  };
  template <typename T>
  using Vector = std::vector<T, UnsharedMemory<T>>;

  // The source with this address, or the position where it belongs.
  Vector<Source>::iterator position_of(const lib::Address& source);
  void release(const lib::Address& client);
  void forget(Vector<Remembered>::iterator end);

  Limits limits_;
  Vector<Source> sources_;         // sorted by address
  Vector<Remembered> remembered_;  // sorted by time
};

}  // namespace popup
