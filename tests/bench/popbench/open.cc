// SPDX-License-Identifier: ISC
#include "tests/bench/popbench/connection.h"
#include "tests/bench/popbench/json.h"
#include "tests/bench/popbench/meter.h"
#include "tests/bench/popbench/modes.h"

namespace popbench {

static constexpr int kLogin = 0, kStat = 1, kList = 2, kUidl = 3, kQuit = 4;

struct Opening {
  std::vector<double> ms[5];      // by the steps above
  std::vector<double> cpu_stat;   // ms, from connect to the reply to STAT
  std::vector<double> cpu_total;  // ms, until the server is idle again
  size_t messages = 0;
};

// Milliseconds since the last lap.
class Watch {
 public:
  double lap() {
    const double before = last_;
    last_ = now();
    return (last_ - before) * 1e3;
  }

 private:
  double last_ = now();
};

static void open_once(const Options& options, const Meter& meter, long session,
                      Opening& into) {
  Connection connection(options);
  const double before = meter.fine() ? meter.cpu() : -1;
  Watch watch;
  connection.open_or_die(session);
  connection.login_or_die(session);
  into.ms[kLogin].push_back(watch.lap());
  connection.command("STAT");
  into.ms[kStat].push_back(watch.lap());
  if (before >= 0)
    into.cpu_stat.push_back((meter.settled_cpu(20) - before) * 1e3);
  watch.lap();
  into.messages = connection.listing("LIST").size();
  into.ms[kList].push_back(watch.lap());
  connection.listing("UIDL");
  into.ms[kUidl].push_back(watch.lap());
  connection.quit();
  into.ms[kQuit].push_back(watch.lap());
  if (before >= 0)
    into.cpu_total.push_back((meter.settled_cpu(options.settle_ms) - before) *
                             1e3);
}

int run_open(const Options& options) {
  const Meter meter(options);
  Opening all;
  for (long i = 0; i < options.count; ++i) open_once(options, meter, i, all);

  Json json;
  json.number("messages", static_cast<double>(all.messages));
  constexpr const char* kNames[] = {"login_ms", "stat_ms", "list_ms", "uidl_ms",
                                    "quit_ms"};
  double total = 0;
  for (int step = kLogin; step <= kQuit; ++step) {
    json.number(kNames[step], median(all.ms[step]));
    total += median(all.ms[step]);
  }
  json.number("login_stat_ms", median(all.ms[kLogin]) + median(all.ms[kStat]));
  json.number("total_ms", total);
  if (!all.cpu_stat.empty())
    json.number("cpu_stat_ms", median(all.cpu_stat))
        .number("cpu_ms", median(all.cpu_total));
  json.print();
  return 0;
}

}  // namespace popbench
