// SPDX-License-Identifier: ISC
#include "maildir-pop3d/setting.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "lib/deadline.h"
#include "lib/exit_code.h"
#include "lib/io.h"

namespace pop3d {

const char* environment(const char* name, const char* otherwise) {
  const char* const value = getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

lib::FixedText<300> cause_of(const lib::Error& error) {
  lib::FixedText<300> cause;
  cause << "unable to " << error.doing;
  if (error.code != 0) cause << ": " << strerror(error.code);
  return cause;
}

// popup speaks where it waits for our status.  Behind another front end
// nobody would: then we do, and have thereby spoken.
void give_up(StatusByte& status, std::string_view reply) {
  if (status.is_awaited()) _exit(lib::kTemporary);
  (void)lib::write_all(STDOUT_FILENO, reply, lib::Deadline::in_seconds(30));
  _exit(lib::kDone);
}

void fail(Setting& setting, const lib::Error& error, std::string_view reply) {
  {
    lib::LogLine(setting.log, "fail", lib::Log::Level::Error)
        .field("cause", cause_of(error).view())
        .field("maildir", setting.options.maildir)
        .field("user", setting.who().user)
        .field("ip", setting.who().ip);
  }
  give_up(setting.status, reply);
}

void note_missing(const lib::Log& log, const lib::Status& confined) {
  if (!confined.ok() && log.verbosity() == lib::Verbosity::Verbose)
    log.warning(confined.error());
}

}  // namespace pop3d
