// SPDX-License-Identifier: ISC
// May run as root.
#pragma once

#include <getopt.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/text/fixed_text.h"
#include "lib/text/text.h"

// One table holds all options of a program.  It serves to parse the command
// line and to print --help and its synopsis.
namespace lib {

// The text of --help for an option, which has a letter, a name or both.
struct OptionText {
  char letter;           // 0: only the long name
  const char* name;      // the long name without "--"; null: only the letter
  const char* argument;  // what --help calls the value; null: takes no value
  const char* help;      // lines, separated by LF
};

// An option of a program.  set stores value in options, and returns false if
// the value is bad; value is null if the option takes none.
template <typename Options>
struct Option {
  OptionText text;
  bool (*set)(Options& options, const char* value);
};

// One table of all the rows, in this order.
template <typename Options, size_t... Sizes>
constexpr auto join(const std::array<Option<Options>, Sizes>&... tables) {
  std::array<Option<Options>, (Sizes + ...)> all{};
  auto* end = all.begin();
  ((end = std::ranges::copy(tables, end).out), ...);
  return all;
}

// The rest of --help.
struct HelpText {
  std::string_view program;
  std::string_view operands;  // the end of the synopsis
  std::string_view before;    // whole lines before the options, or empty
  std::string_view after;     // whole lines after them, or empty
};

// Tells a person what is wrong with the command line.
using UsageFault = FixedText<512>;

// Reads the options of a command line by getopt_long(3), up to the first
// operand.
class OptionReader {
 public:
  static constexpr size_t kMost = 60;  // options of a program
  static constexpr int kEnd = -1;      // there are no more options
  static constexpr int kFault = -2;    // fault says why

  explicit OptionReader(const HelpText& help) : help_(help) {}
  // text must outlive this.
  void add(const OptionText& text) { texts_[size_++] = &text; }
  // Returns the index of the next option, whose value is in optarg; or kEnd, or
  // kFault.  -h, --help, -V and --version print and end the program with 0.
  int next(int argc, char** argv, UsageFault& fault) const;

 private:
  [[noreturn]] void leave_with_help() const;

  const HelpText& help_;
  std::array<const OptionText*, kMost> texts_;
  size_t size_ = 0;
};

// "bad value for -L: x"
void say_bad_value(const OptionText& option, std::string_view value,
                   UsageFault& fault);

// Parses argv into options, and leaves the index of the first operand in
// optind. Returns false, with the reason in fault, if an option is unknown or a
// value is bad.
template <typename Options, size_t Size>
bool parse_options(const std::array<Option<Options>, Size>& table,
                   const HelpText& help, int argc, char** argv,
                   Options& options, UsageFault& fault) {
  static_assert(Size <= OptionReader::kMost);
  OptionReader reader(help);
  for (const Option<Options>& option : table) reader.add(option.text);
  for (;;) {
    const int index = reader.next(argc, argv, fault);
    if (index < 0) return index == OptionReader::kEnd;
    const Option<Options>& option = table[static_cast<size_t>(index)];
    const char* const value = option.text.argument ? optarg : nullptr;
    if (option.set(options, value)) continue;
    say_bad_value(option.text, value == nullptr ? "" : value, fault);
    return false;
  }
}

// For setters: returns false, and leaves into unchanged, if value is not a
// decimal number from min to max.
template <typename Number>
bool take_number(std::string_view value, uint64_t min, uint64_t max,
                 Number& into) {
  const auto number = parse_number(value, max);
  if (!number || *number < min) return false;
  into = static_cast<Number>(*number);
  return true;
}

// Setters for a member of Options.
template <auto Member, typename Options>
bool set_flag(Options& options, const char*) {
  return options.*Member = true;
}
template <auto Member, typename Options>
bool set_text(Options& options, const char* value) {
  options.*Member = value;
  return *value != '\0';
}
// A decimal number from Min to Max.
template <auto Member, uint64_t Min, uint64_t Max, typename Options>
bool set_number(Options& options, const char* value) {
  return take_number(value, Min, Max, options.*Member);
}
// Sets the member to Value.
template <auto Member, auto Value, typename Options>
bool set_value(Options& options, const char*) {
  options.*Member = Value;
  return true;
}

// "program: fatal: fault (program --help lists the options)", then _exit(code).
[[noreturn]] void die_of_usage(int code, std::string_view program,
                               std::string_view fault);

}  // namespace lib
