// SPDX-License-Identifier: ISC
#pragma once

#include <string_view>

#include "lib/io/client.h"
#include "lib/io/log.h"
#include "lib/result.h"
#include "lib/text/fixed_text.h"
#include "maildir-pop3d/mailbox/uidl_list.h"
#include "maildir-pop3d/options.h"
#include "maildir-pop3d/protocol/statistics.h"
#include "maildir-pop3d/status_byte.h"

namespace pop3d {

constexpr const char* kProgram = "maildir-pop3d";
constexpr std::string_view kCannotOpen =
    "-ERR [SYS/TEMP] unable to open the mailbox\r\n";

using User = lib::FixedText<255>;

// Everything that one session needs to know and own.
struct Setting {
  Options options;
  StatusByte status;
  lib::Log log{kProgram};
  User user;
  lib::Client client;

  [[nodiscard]] Identity who() const { return {user.view(), client.ip.view()}; }
};

// The variable's value, or otherwise where it is unset or empty.
const char* environment(const char* name, const char* otherwise);

// Whose session does not begin: maildir= (its absolute path), uid=, user= and
// ip=.
void log_who(const Setting& setting, lib::LogLine& line);

// Ends a session that cannot begin: exit code 111 where popup waits for our
// status and speaks itself; else reply to the client, and 0.
[[noreturn]] void give_up(StatusByte& status, std::string_view reply);

// The same, with the cause in the log.
[[noreturn]] void fail(Setting& setting, const lib::Error& error,
                       std::string_view reply);

// How many messages could not be read (0 for the one that why names); why is
// about the first.
void log_unreadable(const lib::Log& log, const Identity& who, size_t messages,
                    const lib::Error& why);

// A list of unique ids that failed(), with its file.
void log_failed_list(const lib::Log& log, const UidlList& list,
                     const Identity& who);

// What the kernel lacks for a sandbox is said with -v.
void note_missing(const lib::Log& log, const lib::Status& confined);

}  // namespace pop3d
