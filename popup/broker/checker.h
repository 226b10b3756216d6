// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <csignal>
#include <utility>

#include "lib/crypto/secret.h"
#include "lib/io/deadline.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"

namespace popup {

// Why popup ends a session.
enum class EndCause {
  None,        // it ended by itself
  ClientGone,  // the client has left, and the session hangs (client_watch.h)
  TooLong,     // --session
  Terminated,  // popup was sent SIGTERM
};

// How the checker's process ended; by then it may run the user's server.
struct Ending {
  bool served = false;  // the status byte came: it had written to the client
  bool by_signal = false;
  int code = 0;        // exit code, or the signal
  uid_t uid = 0;       // its real uid at the end
  bool alive = false;  // it has not ended, despite SIGKILL
  EndCause cause = EndCause::None;
};

// How a login try ended.
enum class Outcome {
  Done,            // nothing to say any more: the client was served, or left
  Refused,         // -ERR [AUTH]; another try may follow
  RefusedForGood,  // -ERR [AUTH], the end
  Temporary,       // -ERR [SYS/TEMP], the end
  // No checker ends in these:
  TlsStarted,  // a new dialogue begins
  Malformed,   // -ERR [AUTH] without asking the checker; another try may follow
  Late,        // the login's deadline has passed, the end
  Crashed,     // the session died; nothing to say any more
};

// The rule of checkpassword(7), pure: exit code 0, or the status byte, means
// that the client has been answered.  1, 3, 12, 13, 20-23 and 100 are refusals
// (ours, vchkpw's, cvm-checkpassword's).  Another try may follow only if the
// process still had popup's uid: otherwise the user's own program, not the
// checker, may have exited so.
Outcome outcome_of(const Ending& ending, uid_t own_uid);

// Runs as root: a checkpassword program, started with the credentials on its
// descriptor 3, and with the write end of a pipe that POPUP_STATUSFD names.
class Checker {
 public:
  // argv[0] is looked for in PATH.  record, at most 512 bytes, is written
  // before the start: that much always fits in a pipe, so a program that never
  // reads it cannot block us.  While the Checker lives, the caller must hold
  // SIGCHLD and SIGTERM (lib::HeldSignal); the Checker reads both.
  static lib::Result<Checker> start(char* const* argv,
                                    const lib::Secret& record);

  enum class Progress {
    Serving,     // the program has written to the client: the status byte came
    Ended,       // reap() tells how
    Late,        // the deadline has passed
    Terminated,  // popup was sent SIGTERM
  };
  // Returns the first of these to happen.
  Progress wait_until_serving(lib::Deadline deadline);
  // Kills the process if it certainly still runs the checker, and not a server
  // that sends no status byte (started_program.h).  False if it was not killed.
  bool kill_unless_changed(char* const* argv) const;
  // Closes the pipe of the status byte.  A server may wait for this: it tells
  // that popup has logged the login.
  void close_status() { status_.reset(); }
  // Waits for the end of the session, or ends it once there is a cause to.
  // client is the descriptor that the server writes to.
  Ending watch(int client, lib::Deadline limit);
  // Waits at most kKillSeconds (lib/process/child.h), for a process that has
  // ended or was killed.
  Ending reap();
  // Ends the process: SIGTERM first, so that it can log its end, with SIGCONT
  // in case it is stopped; SIGKILL after five seconds.
  Ending end(EndCause cause);

 private:
  Checker(pid_t process, lib::UniqueFd status, lib::UniqueFd signals)
      : process_(process),
        status_(std::move(status)),
        signals_(std::move(signals)) {}
  EndCause wait_for_end(int client, lib::Deadline limit) const;
  bool read_status();
  Ending describe_ending(bool ended, const siginfo_t& info, EndCause cause);

  pid_t process_;
  lib::UniqueFd status_;
  lib::UniqueFd signals_;  // SIGCHLD and SIGTERM
  bool serving_ = false;
};

}  // namespace popup
