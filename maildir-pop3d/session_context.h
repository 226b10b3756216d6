// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/io/client.h"
#include "lib/io/log.h"
#include "lib/result.h"
#include "lib/text/fixed_text.h"
#include "maildir-pop3d/options.h"
#include "maildir-pop3d/protocol/session_log.h"
#include "maildir-pop3d/status_byte.h"

namespace pop3d {

constexpr const char* kProgram = "maildir-pop3d";
constexpr std::string_view kCannotOpen =
    "-ERR [SYS/TEMP] unable to open the mailbox\r\n";

using User = lib::FixedText<255>;

// The parts of a session that every step needs.
struct SessionContext {
  Options options;
  StatusByte status;
  lib::Log log{kProgram};
  User user;
  lib::Client client;

  [[nodiscard]] Identity who() const { return {user.view(), client.ip.view()}; }
};

// The value of the environment variable, or otherwise if it is unset or empty.
const char* environment(const char* name, const char* otherwise);

// Appends whose session does not begin: maildir= (its absolute path), uid=,
// user= and ip=.
void log_who(const SessionContext& context, lib::LogLine& line);

// Ends the program because the session cannot begin.  If popup waits for the
// status byte, exits with 111, and popup replies.  Otherwise sends reply and
// exits with 0.
[[noreturn]] void give_up(StatusByte& status, std::string_view reply);

// event=fail: why the session cannot begin, and what would help.
void log_failure(const SessionContext& context, const lib::Error& error,
                 std::string_view hint = {});

// Logs the failure and gives up, with kCannotOpen.
[[noreturn]] void fail(SessionContext& context, const lib::Error& error,
                       std::string_view hint = {});

// With -v, logs why a part of the sandbox is missing: kernels differ in what
// they offer.
void note_missing(const lib::Log& log, const lib::Status& confined);

}  // namespace pop3d
