// SPDX-License-Identifier: ISC
#include "popup/broker/started_program.h"

#include <unistd.h>

#include <array>
#include <string>

#include "tests/unit/unit.h"

using popup::is_command_line;

namespace {

// In line, | stands for NUL.
bool holds(std::string_view line, std::array<const char*, 4> argv) {
  std::string held(line);
  for (char& c : held)
    if (c == '|') c = '\0';
  std::array<char*, 5> pointers{};
  for (size_t i = 0; i < argv.size(); ++i)
    pointers[i] = const_cast<char*>(argv[i]);
  return is_command_line(held, pointers.data());
}

}  // namespace

TEST(a_command_line_matches_also_after_an_interpreter) {
  CHECK(holds("check|-f|x|server|", {"check", "-f", "x", "server"}));
  CHECK(holds("/bin/check|server|", {"/bin/check", "server"}));
  CHECK(holds("/bin/sh|/bin/check|server|", {"check", "server"}));
  CHECK(holds("/bin/sh|-e|check|server|", {"./check", "server"}));
  CHECK(holds("check||", {"check", ""}));
  CHECK(holds("check|", {"check"}));
}

TEST(the_next_program_and_a_cut_line_do_not_match) {
  CHECK(!holds("server|a|", {"check", "server", "a"}));
  CHECK(!holds("/bin/sh|/bin/server|a|", {"check", "/bin/server", "a"}));
  CHECK(!holds("/bin/sh|server|a|", {"check", "server", "a"}));
  CHECK(!holds("check|server", {"check", "server"}));
  CHECK(!holds("check|server|a|", {"check", "server"}));
  CHECK(!holds("recheck|server|", {"check", "server"}));
  CHECK(!holds("checkserver|", {"check", "server"}));
  CHECK(!holds("", {"check", "server"}));
  CHECK(!holds("|", {"check"}));
  CHECK(!holds("", {"check"}));
}

TEST(a_process_of_another_uid_does_not_match) {
  std::array<char*, 1> none{};
  CHECK(!popup::still_runs(getpid(), none.data(), getuid() + 1));
}
