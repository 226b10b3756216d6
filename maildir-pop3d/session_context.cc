// SPDX-License-Identifier: ISC
#include "maildir-pop3d/session_context.h"

#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>

#include "lib/io/deadline.h"
#include "lib/io/io.h"
#include "lib/process/exit_code.h"
#include "maildir-pop3d/protocol/connection.h"

namespace pop3d {

const char* environment(const char* name, const char* otherwise) {
  const char* const value = getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

// Returns name unchanged if the path of the working directory is not known to
// this user.
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

void give_up(StatusByte& status, std::string_view reply) {
  if (status.is_awaited()) _exit(lib::kTemporary);
  (void)lib::write_all(STDOUT_FILENO, reply, lib::Deadline::in_seconds(30));
  // The client may have sent commands without waiting for the first reply.
  std::array<char, 16384> unread;
  discard_input(STDIN_FILENO, unread);
  _exit(lib::kDone);
}

void log_failure(const SessionContext& context, const lib::Error& error,
                 std::string_view hint) {
  lib::LogLine line(context.log, "fail", lib::Log::Level::Error);
  line.error(error);
  log_who(context, line);
  if (!hint.empty()) line.field("hint", hint);
}

void fail(SessionContext& context, const lib::Error& error,
          std::string_view hint) {
  log_failure(context, error, hint);
  give_up(context.status, kCannotOpen);
}

void log_who(const SessionContext& context, lib::LogLine& line) {
  line.field("maildir", absolute_path(context.options.maildir).view())
      .number("uid", geteuid())
      .field("user", context.who().user)
      .field("ip", context.who().ip);
}

void note_missing(const lib::Log& log, const lib::Status& confined) {
  if (!confined.ok() && log.verbosity() == lib::Verbosity::Verbose)
    log.warning(confined.error());
}

}  // namespace pop3d
