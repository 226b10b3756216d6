// SPDX-License-Identifier: ISC
#include <algorithm>
#include <memory>

#include "tests/bench/popbench/connection.h"
#include "tests/bench/popbench/json.h"
#include "tests/bench/popbench/meter.h"
#include "tests/bench/popbench/modes.h"

namespace popbench {

struct Held {
  std::vector<std::unique_ptr<Connection>> sessions;
  std::string stopped;  // why no more were taken
  std::string samples;  // [[sessions, PSS KiB], ...]
  double login_s = 0;
};

static bool log_in(Connection& connection, long session) {
  if (!connection.open(session) || !connection.login(session)) return false;
  connection.send("STAT\r\n");
  std::string reply;
  return connection.line(reply) && reply.starts_with("+OK");
}

static void sample(const Meter& meter, const Memory& base, Held& held) {
  pause_ms(300);
  const Memory memory = meter.memory();
  if (memory.unreadable > 0) return;
  if (!held.samples.empty()) held.samples += ',';
  held.samples += '[' + std::to_string(held.sessions.size()) + ',' +
                  std::to_string(memory.pss_kib - base.pss_kib) + ']';
}

static Held log_in_all(const Options& options, const Meter& meter,
                       const Memory& base) {
  constexpr size_t kBuffer = 1024;
  Held held;
  const double begin = now();
  for (long i = 0; i < options.concurrency; ++i) {
    auto connection = std::make_unique<Connection>(options, kBuffer);
    if (!log_in(*connection, i)) {
      held.stopped =
          "session " + std::to_string(i + 1) + ": " + connection->error();
      break;
    }
    held.sessions.push_back(std::move(connection));
    if (std::ranges::find(options.samples, i + 1) != options.samples.end())
      sample(meter, base, held);
  }
  held.login_s = now() - begin;
  return held;
}

static size_t still_alive(const Held& held) {
  size_t alive = 0;
  std::string reply;
  for (const auto& connection : held.sessions) {
    connection->send("STAT\r\n");
    if (connection->line(reply) && reply.starts_with("+OK")) ++alive;
  }
  return alive;
}

int run_idle(const Options& options) {
  const Meter meter(options);
  const Memory before = meter.memory();
  Held held = log_in_all(options, meter, before);
  const double cpu_before = meter.settled_cpu(500);
  const Memory after = meter.memory();
  pause_ms(static_cast<int>(options.hold * 1000));
  const double cpu = meter.cpu() - cpu_before;
  const size_t alive = still_alive(held);
  for (const auto& connection : held.sessions) connection->send("QUIT\r\n");

  const double count =
      static_cast<double>(std::max<size_t>(1, held.sessions.size()));
  Json json;
  json.number("asked", options.concurrency)
      .number("held", static_cast<double>(held.sessions.size()))
      .number("alive_after", static_cast<double>(alive))
      .number("login_s", held.login_s)
      .number("kernel_kib",
              double(after.kernel_kib - before.kernel_kib) / count)
      .raw("samples", '[' + held.samples + ']')
      .text("stopped", held.stopped);
  if (after.unreadable == 0)
    json.number("pss_kib", double(after.pss_kib - before.pss_kib) / count)
        .number("private_kib",
                double(after.private_kib - before.private_kib) / count)
        .number("processes", double(after.processes - before.processes) / count)
        .number("base_pss_kib", double(before.pss_kib));
  if (options.hold > 0)
    json.number("hold_cpu_us_per_s", cpu * 1e6 / count / options.hold);
  json.print();
  return alive == held.sessions.size() ? 0 : 2;
}

}  // namespace popbench
