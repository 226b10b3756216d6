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

// What every step of one session needs.
struct SessionContext {
  Options options;
  StatusByte status;
  lib::Log log{kProgram};
  User user;
  lib::Client client;

  [[nodiscard]] Identity who() const { return {user.view(), client.ip.view()}; }
};

// The variable's value, or otherwise if it is unset or empty.
const char* environment(const char* name, const char* otherwise);

// Appends whose session does not begin: maildir= (its absolute path), uid=,
// user= and ip=.
void log_who(const SessionContext& context, lib::LogLine& line);

// Ends a session that cannot begin: with exit code 111 if popup waits for our
// status, since popup replies then; otherwise sends reply and exits with 0.
[[noreturn]] void give_up(StatusByte& status, std::string_view reply);

// The same, after logging the cause.
[[noreturn]] void fail(SessionContext& context, const lib::Error& error,
                       std::string_view reply);

// With -v, logs what the kernel lacks for a sandbox.
void note_missing(const lib::Log& log, const lib::Status& confined);

}  // namespace pop3d
