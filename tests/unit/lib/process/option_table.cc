// SPDX-License-Identifier: ISC
#include "lib/process/option_table.h"

#include <getopt.h>

#include <array>
#include <string>
#include <vector>

#include "tests/unit/unit.h"

namespace {

struct Choice {
  bool flag = false;
  const char* text = "";
};

constexpr lib::HelpText kHelp{
    .program = "test", .operands = "", .before = "", .after = ""};
constexpr auto kTable = std::to_array<lib::Option<Choice>>({
    {{'f', "flag", nullptr, "a flag"}, lib::set_flag<&Choice::flag>},
    {{'t', "text", "text", "a text"}, lib::set_text<&Choice::text>},
});

// The fault of this command line; empty if it has none.
std::string fault_of(std::vector<std::string> words) {
  words.insert(words.begin(), "test");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  optind = 0;
  Choice choice;
  lib::UsageFault fault;
  const bool ok =
      lib::parse_options(kTable, kHelp, static_cast<int>(words.size()),
                         argv.data(), choice, fault);
  CHECK_EQUAL(ok, fault.empty());
  return std::string(fault.view());
}

}  // namespace

TEST(a_fault_names_the_option_and_what_is_wrong) {
  CHECK_EQUAL(fault_of({"-f", "--text=x", "operand", "-z"}), "");
  CHECK_EQUAL(fault_of({"-fz"}), "unknown option: -z");
  CHECK_EQUAL(fault_of({"-\xc5\x82"}), "unknown option: -\xc5");
  CHECK_EQUAL(fault_of({"--nosuch"}), "unknown option: --nosuch");
  CHECK_EQUAL(fault_of({"-t"}), "this option needs a value: -t");
  CHECK_EQUAL(fault_of({"--text"}), "this option needs a value: --text");
  CHECK_EQUAL(fault_of({"--text="}), "bad value for -t: ");
}

TEST(a_value_for_an_option_without_one_is_not_an_unknown_option) {
  CHECK_EQUAL(fault_of({"--flag=x"}), "this option takes no value: --flag=x");
  CHECK_EQUAL(fault_of({"--help=x"}), "this option takes no value: --help=x");
  CHECK_EQUAL(fault_of({"--version=x"}),
              "this option takes no value: --version=x");
}
