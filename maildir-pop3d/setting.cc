// SPDX-License-Identifier: ISC
#include "maildir-pop3d/setting.h"

#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>

#include "lib/io/deadline.h"
#include "lib/io/io.h"
#include "lib/process/exit_code.h"

namespace pop3d {

const char* environment(const char* name, const char* otherwise) {
  const char* const value = getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

// The name as it is if the working directory has no path that this user can
// see.
lib::FixedText<PATH_MAX> absolute_path(std::string_view name) {
  lib::FixedText<PATH_MAX> path;
  std::array<char, PATH_MAX> directory;
  if (!name.starts_with('/') &&
      getcwd(directory.data(), directory.size()) != nullptr) {
    path << directory.data();
    if (!path.view().ends_with('/')) path << '/';
  }
  path << name;
  return path;
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
    lib::LogLine line(setting.log, "fail", lib::Log::Level::Error);
    line.error(error);
    log_who(setting, line);
  }
  give_up(setting.status, reply);
}

void log_who(const Setting& setting, lib::LogLine& line) {
  line.field("maildir", absolute_path(setting.options.maildir).view())
      .number("uid", geteuid())
      .field("user", setting.who().user)
      .field("ip", setting.who().ip);
}

[[gnu::noinline]] void log_unreadable(const lib::Log& log, const Identity& who,
                                      size_t messages, const lib::Error& why) {
  lib::LogLine line(log, "unreadable", lib::Log::Level::Warning);
  if (messages != 0) line.number("messages", messages);
  line.error(why).field("user", who.user);
}

[[gnu::noinline]] void log_failed_list(const lib::Log& log,
                                       const UidlList& list,
                                       const Identity& who) {
  lib::LogLine line(log, "fail", lib::Log::Level::Error);
  line.error(list.error());
  if (list.line() != 0) line.number("line", list.line());
  line.field("user", who.user).field("ip", who.ip);
}

void note_missing(const lib::Log& log, const lib::Status& confined) {
  if (!confined.ok() && log.verbosity() == lib::Verbosity::Verbose)
    log.warning(confined.error());
}

}  // namespace pop3d
