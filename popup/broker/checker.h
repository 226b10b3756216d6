// SPDX-License-Identifier: ISC
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <csignal>
#include <string_view>

#include "lib/crypto/secret.h"
#include "lib/io/log.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"

namespace popup {

// Why popup ends a session.
enum class EndCause : unsigned char {
  None,        // it ended by itself
  ClientGone,  // the client has left, and the session hangs (client_watch.h)
  TooLong,     // --session
  Terminated,  // popup was sent SIGTERM
};

// How the checker's process ended; by then it may run the user's server.
struct Ending {
  bool by_signal = false;
  int code = 0;        // exit code, or the signal
  uid_t uid = 0;       // its real uid at the end
  bool alive = false;  // it has not ended, despite SIGKILL
  EndCause cause = EndCause::None;

  // A server dies of SIGPIPE only because its client has left.
  [[nodiscard]] bool crashed() const { return by_signal && code != SIGPIPE; }
};

// The meaning of a checker's end, if the status byte did not come.
enum class Outcome : unsigned char {
  Done,            // the client was served
  Refused,         // -ERR [AUTH]; another try may follow
  RefusedForGood,  // -ERR [AUTH], the end
  Temporary,       // -ERR [SYS/TEMP], the end
};

// The rule of checkpassword(7), pure.  Exit code 0 means that the client has
// been answered.  1, 3, 12, 13, 20-23 and 100 are refusals (ours, vchkpw's,
// cvm-checkpassword's).  Another try may follow only if the process still had
// popup's uid: otherwise the user's own program, not the checker, may have
// exited so.
Outcome outcome_of(const Ending& ending, uid_t own_uid);

// Logs a session that popup has ended, or that crashed without a log line of
// its own.  user may be empty.  Returns popup's exit code for it.
int log_cut_short(const lib::Log& log, const Ending& ending,
                  std::string_view user, std::string_view ip);

struct StartedChecker {
  pid_t process = -1;
  lib::UniqueFd status;  // the end of the status pipe to read from
};

// Runs as root: starts a checkpassword program with the credentials on its
// descriptor 3, the client on 0 and 1 (input and output here), and the write
// end of a pipe that POPUP_STATUSFD names.  argv[0] is looked for in PATH;
// environ is the program's environment but for that variable.  record, at most
// 512 bytes, is written before the start: that much always fits in a pipe, so a
// program that never reads it cannot block us.  This process waits until the
// program has been executed.  files is the program's RLIMIT_NOFILE, unless its
// hard limit is 0.
lib::Result<StartedChecker> start_checker(char* const* argv,
                                          const lib::Secret& record, int input,
                                          int output, const rlimit& files);

}  // namespace popup
