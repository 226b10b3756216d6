// SPDX-License-Identifier: ISC
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "lib/io/log.h"
#include "lib/text/fixed_text.h"
#include "popup/broker/login_result.h"

namespace popup {

// What popup -D counts, for --metrics and SIGUSR1.
struct Metrics {
  void count(const LoginEnd& end) {
    ++logins[static_cast<size_t>(end.result)]
            [static_cast<size_t>(end.mechanism)];
  }

  void count(TlsStart start) {
    switch (start) {
      case TlsStart::Stls: ++tls_stls; return;
      case TlsStart::AtOnce: ++tls_at_once; return;
      case TlsStart::Proxy: ++tls_proxy; return;
      case TlsStart::Failed: ++tls_failed; return;
    }
  }

  // --- Since the start of popup
  uint64_t connections = 0;  // accepted, also those refused by a limit
  uint64_t over_sessions = 0;
  uint64_t over_source = 0;
  uint64_t delayed = 0;  // by --penalty
  uint64_t tls_stls = 0;
  uint64_t tls_at_once = 0;
  uint64_t tls_proxy = 0;
  uint64_t tls_failed = 0;
  std::array<std::array<uint64_t, lib::kMechanisms>, kLoginResults.size()>
      logins{};
  // --- Now
  uint64_t before_login = 0;
  uint64_t sessions = 0;
  uint64_t checkers_running = 0;
  uint64_t checkers_waiting = 0;
  uint64_t penalties = 0;  // sources that have one
};

// Holds the metrics even if each number is the largest.
using MetricsText = lib::FixedText<8192>;

// In Prometheus' text format; begins with kMetricsBegin.
constexpr std::string_view kMetricsBegin = "# HELP popchain_";
MetricsText format_metrics(const Metrics& metrics);
// As fields of a line.  Logins that never happened are left out.
void log_metrics(const Metrics& metrics, lib::LogLine& line);

}  // namespace popup
