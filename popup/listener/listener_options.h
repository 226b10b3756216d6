// SPDX-License-Identifier: ISC
// Runs as root: data only.
#pragma once

#include <optional>
#include <string>
#include <vector>

// popup/listener: where popup -D listens, and how it becomes a daemon.
// Called by: popup's main, options and the loop.  Calls: lib only.
namespace popup {

struct ListenerOptions {
  std::vector<std::string> addresses;      // -l [addr]:port; empty: the default
  std::vector<std::string> tls_addresses;  // --tls-listen
  unsigned sessions = 500;                 // -c
  unsigned per_source = 50;                // -C, at least 1
  unsigned min_delay_seconds = 10;         // --min-delay
  unsigned penalty_seconds = 16;           // --penalty; 0: none
  unsigned backlog = 128;                  // -b
  unsigned checkers = 0;                   // --checkers; 0: the default
  unsigned per_user = 20;                  // --per-user
  bool detach = false;                     // --detach
  const char* metrics = nullptr;           // --metrics; null: no file
  // --drain: how long sessions have to end by themselves after SIGTERM.
  // Without it popup leaves them alone.
  std::optional<unsigned> drain_seconds;
};

}  // namespace popup
