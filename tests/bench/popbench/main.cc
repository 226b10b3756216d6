// SPDX-License-Identifier: ISC
#include <csignal>
#include <string_view>

#include "tests/bench/popbench/modes.h"

int main(int argc, char** argv) {
  using namespace popbench;
  constexpr struct {
    std::string_view name;
    int (*run)(const Options&);
  } kModes[] = {{"sessions", run_sessions},
                {"retr", run_retr},
                {"open", run_open},
                {"idle", run_idle},
                {"verify", run_verify}};
  signal(SIGPIPE, SIG_IGN);
  if (argc < 2) usage();
  for (const auto& mode : kModes)
    if (mode.name == argv[1])
      return mode.run(parse_options(argc - 1, argv + 1));
  usage();
}
