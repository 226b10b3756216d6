// SPDX-License-Identifier: ISC
#include "lib/program.h"

#include <unistd.h>

#include <cstring>

#include "lib/fixed_text.h"
#include "lib/io.h"
#include "lib/text.h"

namespace lib {

void print_version(std::string_view program) {
  FixedText<128> line;
  line << program << " (popchain) " << kVersion << '\n';
  (void)write_all(1, line.view());
}

void die(int code, std::string_view program, std::string_view text) {
  FixedText<1024> line;
  line << program << ": fatal: " << text << '\n';
  (void)write_all(2, line.view(), Deadline::in_seconds(1));
  _exit(code);
}

void die(int code, std::string_view program, const Error& error) {
  FixedText<900> text;
  text << "unable to " << error.doing;
  if (error.code != 0) text << ": " << strerror(error.code);
  die(code, program, text.view());
}

void die_bad_value(int code, std::string_view program, std::string_view option,
                   std::string_view value) {
  FixedText<900> text;
  text << "bad value for " << option << ": " << value.substr(0, 400);
  die(code, program, text.view());
}

uint64_t number_option(int usage_code, std::string_view program,
                       std::string_view option, const char* value, uint64_t min,
                       uint64_t max) {
  const auto number = parse_number(value, max);
  if (!number || *number < min)
    die_bad_value(usage_code, program, option, value);
  return *number;
}

}  // namespace lib
