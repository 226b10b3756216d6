// SPDX-License-Identifier: ISC
// Runs as root: formats numbers.
#include "popup/loop/metrics.h"

#include <string_view>

namespace popup {
namespace {

// A number of Metrics.  Rows of one name follow each other; the first one has
// the type and the help of all.
struct Row {
  const char* name;
  const char* labels;
  const char* field;  // in the log
  uint64_t Metrics::*value;
  const char* type = nullptr;
  const char* help = nullptr;
};
constexpr auto kRows = std::to_array<Row>({
    {"popchain_connections_total", "", "connections", &Metrics::connections,
     "counter", "Connections accepted, also those over a limit."},
    {"popchain_connections_refused_total", "{limit=\"sessions\"}",
     "over_sessions", &Metrics::over_sessions, "counter",
     "Connections closed because of a limit."},
    {"popchain_connections_refused_total", "{limit=\"source\"}", "over_source",
     &Metrics::over_source},
    {"popchain_connections_delayed_total", "", "delayed", &Metrics::delayed,
     "counter", "Connections greeted late because of a penalty."},
    {"popchain_tls_connections_total", "{start=\"stls\"}", "tls_stls",
     &Metrics::tls_stls, "counter", "Connections on which TLS began."},
    {"popchain_tls_connections_total", "{start=\"at_once\"}", "tls_at_once",
     &Metrics::tls_at_once},
    {"popchain_tls_connections_total", "{start=\"proxy\"}", "tls_proxy",
     &Metrics::tls_proxy},
    {"popchain_tls_failures_total", "", "tls_failed", &Metrics::tls_failed,
     "counter", "Connections on which TLS failed, as popup logs them."},
    {"popchain_connections_before_login", "", "before_login",
     &Metrics::before_login, "gauge", "Connections that have not logged in."},
    {"popchain_sessions", "", "sessions", &Metrics::sessions, "gauge",
     "Sessions after a login."},
    {"popchain_checkers_running", "", "checkers_running",
     &Metrics::checkers_running, "gauge", "Checkers that run."},
    {"popchain_checkers_waiting", "", "checkers_waiting",
     &Metrics::checkers_waiting, "gauge", "Logins that wait for a checker."},
    {"popchain_penalties", "", "penalties", &Metrics::penalties, "gauge",
     "Sources that have a penalty."},
});
constexpr std::string_view kLogins = "popchain_logins_total";

// Calls handle(result, mechanism, number) for each kind of login.
template <typename Handle>
void for_each_login(const Metrics& metrics, const Handle& handle) {
  for (size_t result = 0; result < kLoginResults.size(); ++result)
    for (size_t each = 0; each < lib::kMechanisms; ++each) {
      const auto mechanism = static_cast<lib::Mechanism>(each);
      handle(kLoginResults[result],
             mechanism == lib::Mechanism::Unnamed
                 ? std::string_view("none")
                 : lib::mechanism_name(mechanism),
             metrics.logins[result][each]);
    }
}

void append_header(std::string_view name, std::string_view type,
                   std::string_view help, MetricsText& text) {
  text << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << type
       << '\n';
}

}  // namespace

MetricsText format_metrics(const Metrics& metrics) {
  MetricsText text;
  for (const Row& row : kRows) {
    if (row.type != nullptr) append_header(row.name, row.type, row.help, text);
    text << row.name << row.labels << ' ';
    text.number(metrics.*row.value) << '\n';
  }
  append_header(kLogins, "counter",
                "Login tries by result and mechanism, as popup logs them.",
                text);
  for_each_login(metrics, [&](std::string_view result,
                              std::string_view mechanism, uint64_t number) {
    text << kLogins << "{result=\"" << result << "\",mechanism=\"" << mechanism
         << "\"} ";
    text.number(number) << '\n';
  });
  return text << "# EOF\n";
}

void log_metrics(const Metrics& metrics, lib::LogLine& line) {
  for (const Row& row : kRows) line.number(row.field, metrics.*row.value);
  for_each_login(metrics, [&](std::string_view result,
                              std::string_view mechanism, uint64_t number) {
    if (number == 0) return;
    lib::FixedText<40> key;
    key << "login_" << result << '_' << mechanism;
    line.number(key.view(), number);
  });
}

}  // namespace popup
