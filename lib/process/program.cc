// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/process/program.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/io/io.h"
#include "lib/io/log.h"
#include "lib/process/exit_code.h"
#include "lib/text/fixed_text.h"
#include "lib/text/text.h"

namespace lib {
namespace {

// Under inetd the client was on descriptor 2, and Log has put /dev/null there.
bool is_error_output_lost() {
  constexpr unsigned kMemory = 1;
  constexpr unsigned kNull = 3;
  struct stat log {};
  struct stat client {};
  return fstat(2, &log) == 0 && S_ISCHR(log.st_mode) &&
         log.st_rdev == makedev(kMemory, kNull) && fstat(0, &client) == 0 &&
         S_ISSOCK(client.st_mode);
}

}  // namespace

void leave_with_version(std::string_view program) {
  FixedText<128> line;
  line << program << " (popchain) " << kVersion << '\n';
  (void)write_all(1, line.view());
  _exit(kDone);
}

void complain(std::string_view program, std::string_view text) {
  FixedText<1024> line;
  line << program << ": fatal: " << text;
  if (is_error_output_lost() || is_syslog_inherited())
    syslog(LOG_MAIL | LOG_ERR, "%s", line.c_str());
  line << '\n';
  (void)write_all(2, line.view(), Deadline::in_seconds(1));
}

void die(int code, std::string_view program, std::string_view text) {
  complain(program, text);
  _exit(code);
}

void die(int code, std::string_view program, const Error& error) {
  die(code, program, cause_of(error).view());
}

void die_bad_value(int code, std::string_view program, std::string_view option,
                   std::string_view value) {
  FixedText<900> text;
  text << "bad value for " << option << ": " << value.substr(0, 400);
  die(code, program, text.view());
}

}  // namespace lib
