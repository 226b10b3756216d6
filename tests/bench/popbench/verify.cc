// SPDX-License-Identifier: ISC
#include <cstdlib>
#include <cstring>
#include <set>

#include "tests/bench/popbench/connection.h"
#include "tests/bench/popbench/json.h"
#include "tests/bench/popbench/modes.h"

namespace popbench {

struct Tally {
  uint64_t announced = 0;
  uint64_t received = 0;
  uint64_t mismatches = 0;
  uint64_t bare_lf = 0;
};

static Tally retrieve_all(Connection& connection,
                          const std::vector<std::string>& sizes) {
  Tally tally;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const uint64_t announced = strtoull(sizes[i].c_str(), nullptr, 10);
    connection.send("RETR " + std::to_string(i + 1) + "\r\n");
    const Received got = connection.multi_line();
    tally.announced += announced;
    tally.received += got.octets;
    tally.bare_lf += got.bare_lf;
    if (got.octets != announced) ++tally.mismatches;
  }
  return tally;
}

static bool all_different(const std::vector<std::string>& names) {
  return std::set<std::string>(names.begin(), names.end()).size() ==
         names.size();
}

int run_verify(const Options& options) {
  Connection connection(options);
  connection.open_or_die(0);
  connection.login_or_die(0);
  const std::string stat = connection.command("STAT");
  const std::vector<std::string> sizes = connection.listing("LIST");
  const std::vector<std::string> names = connection.listing("UIDL");
  const Tally tally = retrieve_all(connection, sizes);
  connection.quit();

  char* rest = nullptr;
  const uint64_t count = strtoull(stat.c_str() + strlen("+OK"), &rest, 10);
  const uint64_t octets = strtoull(rest, nullptr, 10);
  const bool stat_right = count == sizes.size() && octets == tally.announced;
  const bool names_right = names.size() == sizes.size() && all_different(names);
  Json()
      .number("messages", static_cast<double>(sizes.size()))
      .number("list_octets", static_cast<double>(tally.announced))
      .number("received_octets", static_cast<double>(tally.received))
      .number("mismatches", static_cast<double>(tally.mismatches))
      .number("bare_lf", static_cast<double>(tally.bare_lf))
      .number("stat_ok", stat_right)
      .number("uidl_ok", names_right)
      .print();
  const bool wrong = tally.mismatches > 0 || tally.bare_lf > 0;
  return wrong || !stat_right || !names_right ? 2 : 0;
}

}  // namespace popbench
