// SPDX-License-Identifier: ISC
#include "popup/loop/metrics.h"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/io/pipe.h"
#include "tests/unit/unit.h"

using popup::LoginResult;
using popup::Metrics;

namespace {

bool has_line(const popup::MetricsText& text, const std::string& line) {
  return ("\n" + std::string(text.view())).find("\n" + line + "\n") !=
         std::string::npos;
}

Metrics largest() {
  Metrics metrics;
  for (uint64_t* number :
       {&metrics.connections, &metrics.over_sessions, &metrics.over_source,
        &metrics.delayed, &metrics.tls_stls, &metrics.tls_at_once,
        &metrics.tls_proxy, &metrics.tls_failed, &metrics.before_login,
        &metrics.sessions, &metrics.checkers_running, &metrics.checkers_waiting,
        &metrics.penalties})
    *number = UINT64_MAX;
  for (auto& of_result : metrics.logins) of_result.fill(UINT64_MAX);
  return metrics;
}

}  // namespace

TEST(each_number_has_a_line_with_its_labels) {
  Metrics metrics;
  metrics.connections = 9;
  metrics.over_sessions = 2;
  metrics.over_source = 3;
  metrics.before_login = 4;
  metrics.sessions = 5;
  metrics.checkers_running = 6;
  metrics.checkers_waiting = 7;
  metrics.delayed = 8;
  metrics.penalties = 10;
  metrics.tls_stls = 11;
  metrics.tls_at_once = 12;
  metrics.tls_proxy = 13;
  metrics.tls_failed = 14;
  metrics.count({LoginResult::Ok, lib::Mechanism::CramMd5});
  metrics.count({LoginResult::Ok, lib::Mechanism::CramMd5});
  metrics.count({LoginResult::Gone, lib::Mechanism::Unnamed});
  const auto text = popup::format_metrics(metrics);
  for (const char* line :
       {"popchain_connections_total 9",
        "popchain_connections_refused_total{limit=\"sessions\"} 2",
        "popchain_connections_refused_total{limit=\"source\"} 3",
        "popchain_connections_delayed_total 8", "popchain_penalties 10",
        "popchain_tls_connections_total{start=\"stls\"} 11",
        "popchain_tls_connections_total{start=\"at_once\"} 12",
        "popchain_tls_connections_total{start=\"proxy\"} 13",
        "popchain_tls_failures_total 14", "popchain_connections_before_login 4",
        "popchain_sessions 5", "popchain_checkers_running 6",
        "popchain_checkers_waiting 7",
        "popchain_logins_total{result=\"ok\",mechanism=\"CRAM-MD5\"} 2",
        "popchain_logins_total{result=\"gone\",mechanism=\"none\"} 1",
        "popchain_logins_total{result=\"denied\",mechanism=\"PASS\"} 0"})
    CHECK(has_line(text, line));
}

TEST(each_name_has_one_type_and_one_help_before_its_numbers) {
  const auto text = popup::format_metrics({});
  std::string_view rest = text.view();
  std::string known = " ";
  std::string current;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    if (line.starts_with("# HELP ")) {
      current = line.substr(7, line.find(' ', 7) - 7);
      CHECK(known.find(" " + current + " ") == std::string::npos);
      known += current + " ";
    } else if (line.starts_with("# TYPE ")) {
      CHECK(line.starts_with("# TYPE " + current + " "));
    } else if (line != "# EOF") {
      CHECK_EQUAL(line.substr(0, line.find_first_of("{ ")), current);
    }
  }
}

TEST(the_last_line_is_the_end_of_an_openmetrics_text) {
  CHECK(popup::format_metrics({}).view().ends_with("\n# EOF\n"));
}

TEST(the_largest_numbers_fit) {
  const auto text = popup::format_metrics(largest());
  CHECK(!text.overflowed());
  CHECK(has_line(text, "# EOF"));
}

// Descriptor 2 is the log.
TEST(a_log_line_holds_the_largest_numbers_and_no_login_that_was_not) {
  Metrics metrics = largest();
  metrics.connections = 0;
  metrics.logins[0][0] = 0;
  auto pipe = lib::make_pipe("make a pipe");
  const int saved = dup(2);
  dup2(pipe.value().writing.get(), 2);
  {
    lib::Log log("popup");
    lib::LogLine line(log, "metrics");
    popup::log_metrics(metrics, line);
  }
  dup2(saved, 2);
  close(saved);
  std::array<char, 4096> got;
  const ssize_t size = read(pipe.value().reading.get(), got.data(), got.size());
  const std::string_view line(got.data(), size > 0 ? size_t(size) : 0);
  CHECK(line.starts_with("popup: event=metrics connections=0 "));
  CHECK(line.ends_with(" login_gone_CRAM-MD5=18446744073709551615\n"));
  CHECK(line.find("login_ok_none") == std::string_view::npos);
}
