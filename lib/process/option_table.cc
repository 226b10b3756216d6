// SPDX-License-Identifier: ISC
// May run as root: reads only what the administrator wrote.
#include "lib/process/option_table.h"

#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "lib/io/io.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"

namespace lib {
namespace {

// getopt_long(3) returns this plus an option's index for its long name.
constexpr int kLongName = 256;
constexpr int kHelpName = kLongName + int{OptionReader::kMost};
constexpr int kVersionName = kHelpName + 1;
constexpr size_t kWidth = 79;
constexpr size_t kHelpColumn = 26;

using HelpOutput = FixedText<8192>;

template <size_t Size>
void append_name(const OptionText& option, FixedText<Size>& to) {
  if (option.letter != '\0')
    to << '-' << option.letter;
  else
    to << "--" << option.name;
}

// Begins a new line if the word would exceed kWidth.
void append_word(std::string_view word, size_t indent, HelpOutput& output) {
  const size_t line = output.view().rfind('\n') + 1;
  const bool fits = output.size() - line + 1 + word.size() <= kWidth;
  if (!fits) output << '\n';
  for (size_t i = fits ? 1 : indent; i > 0; --i) output << ' ';
  output << word;
}

// "usage: ", the options in brackets and the operands.
void append_synopsis(std::span<const OptionText* const> options,
                     const HelpText& help, HelpOutput& output) {
  output << "usage: " << help.program;
  const size_t indent = output.size() + 1;
  FixedText<80> letters;
  letters << "[-";
  for (const OptionText* const option : options)
    if (option->letter != '\0' && option->argument == nullptr)
      letters << option->letter;
  letters << "hV]";
  append_word(letters.view(), indent, output);
  for (const OptionText* const option : options) {
    if (option->letter != '\0' && option->argument == nullptr) continue;
    FixedText<80> word;
    word << '[';
    append_name(*option, word);
    if (option->argument != nullptr) word << ' ' << option->argument;
    word << ']';
    append_word(word.view(), indent, output);
  }
  if (!help.operands.empty()) append_word(help.operands, indent, output);
  output << '\n';
}

// "  -A, --apop              " and the help, whose lines all begin at
// kHelpColumn.
void append_option(const OptionText& option, HelpOutput& output) {
  const size_t start = output.size();
  output << "  ";
  if (option.letter != '\0')
    output << '-' << option.letter << (option.name != nullptr ? ", " : "");
  else
    output << "    ";
  if (option.name != nullptr) output << "--" << option.name;
  if (option.argument != nullptr) output << ' ' << option.argument;
  size_t column = output.size() - start;
  for (std::string_view rest = option.help; !rest.empty();) {
    if (column >= kHelpColumn) {
      output << '\n';
      column = 0;
    }
    for (; column < kHelpColumn; ++column) output << ' ';
    const std::string_view line = next_field(rest, '\n');
    output << line;
    column += line.size();
  }
  output << '\n';
}

}  // namespace

void OptionReader::leave_with_help() const {
  const std::span options(texts_.data(), size_);
  HelpOutput output;
  append_synopsis(options, help_, output);
  output << help_.before;
  for (const OptionText* const option : options) append_option(*option, output);
  output << "  -h, --help\n  -V, --version\n" << help_.after;
  (void)write_all(1, output.view());
  _exit(kDone);
}

int OptionReader::next(int argc, char** argv, UsageFault& fault) const {
  std::array<option, kMost + 3> names{};
  FixedText<2 * kMost + 8> letters;
  letters << "+:hV";  // +: stop at the first operand
  size_t named = 0;
  names[named++] = {"help", no_argument, nullptr, kHelpName};
  names[named++] = {"version", no_argument, nullptr, kVersionName};
  for (size_t i = 0; i < size_; ++i) {
    const OptionText& text = *texts_[i];
    const bool takes_value = text.argument != nullptr;
    if (text.letter != '\0') letters << text.letter << (takes_value ? ":" : "");
    if (text.name != nullptr)
      names[named++] = {text.name, takes_value, nullptr,
                        kLongName + static_cast<int>(i)};
  }
  opterr = 0;
  const int found =
      getopt_long(argc, argv, letters.c_str(), names.data(), nullptr);
  if (found == -1) return kEnd;
  if (found == 'V' || found == kVersionName) leave_with_version(help_.program);
  if (found == 'h' || found == kHelpName) leave_with_help();
  if (found >= kLongName) return found - kLongName;
  if (found == ':' || found == '?') {
    // optopt is 0 for an unknown long name.  For a byte outside ASCII it is
    // negative, or above all of our numbers (musl).
    const bool known_name = optopt >= kLongName && optopt <= kVersionName;
    fault << (found == ':' ? "this option needs a value: "
              : known_name ? "this option takes no value: "
                           : "unknown option: ");
    // If a value is missing, musl's optind may be one beyond argc.
    const std::string_view word = argv[std::min(optind, argc) - 1];
    if (optopt != 0 && !known_name)
      fault << '-' << static_cast<char>(optopt);
    else
      fault << word.substr(0, 300);
    return kFault;
  }
  const auto* const text =
      std::find_if(texts_.begin(), texts_.begin() + size_,
                   [&](const OptionText* t) { return t->letter == found; });
  return static_cast<int>(text - texts_.begin());
}

void say_bad_value(const OptionText& option, std::string_view value,
                   UsageFault& fault) {
  fault << "bad value for ";
  append_name(option, fault);
  fault << ": " << value.substr(0, 300);
}

void die_of_usage(int code, std::string_view program, std::string_view fault) {
  FixedText<700> text;
  text << fault.substr(0, 500) << " (" << program
       << " --help lists the options)";
  die(code, program, text.view());
}

}  // namespace lib
