// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include <csignal>

#include "lib/crypto/secret.h"
#include "lib/io/deadline.h"
#include "lib/io/unique_fd.h"
#include "lib/result.h"

namespace popup {

// How the program behind popup ended.
struct Ending {
  bool served = false;  // it had written to the client: the status byte came
  bool by_signal = false;
  int code = 0;        // exit code, or the signal
  uid_t uid = 0;       // its real uid at the end
  bool alive = false;  // it does not end, not even by SIGKILL
};

// Why popup ends a session.
enum class Cause {
  None,        // it ended by itself
  ClientGone,  // and the session hangs (client_watch.h)
  TooLong,     // --session
  Terminated,  // popup was sent SIGTERM
};

enum class Verdict {
  Served,          // nothing to add
  Refused,         // -ERR [AUTH], and another try
  RefusedForGood,  // -ERR [AUTH], the end
  Failed,          // -ERR [SYS/TEMP], the end
};

// The rule of checkpassword(7), pure: exit 0 and the status byte mean that
// the client has been spoken to.  1, 3, 12, 13, 20-23 and 100 are refusals
// (ours, vchkpw's, cvm-checkpassword's); another try follows only where the
// process still had the uid of popup: else the user's own program, not the
// checker, may have exited so.
Verdict judge(const Ending& ending, uid_t own_uid);

// Runs as root: a checkpassword program started with credentials on its
// descriptor 3 and the write end of a pipe named by POPUP_STATUSFD.
class Checker {
 public:
  // argv[0] is looked for in PATH.  record, at most 512 bytes, is written
  // before the start: that much always fits a pipe, so that a program that
  // never reads holds nobody up.  While the Checker lives, the caller holds
  // back SIGCHLD and SIGTERM (lib::HeldSignal), which it reads.
  static lib::Result<Checker> start(char* const* argv,
                                    const lib::Secret& record);

  enum class Progress {
    Serving,     // the program has spoken to the client, and says so
    Ended,       // as reap() will tell
    Late,        // the deadline has passed
    Terminated,  // popup was sent SIGTERM
  };
  // The first of them.
  Progress wait_until_serving(lib::Deadline deadline);
  // Ends the process where it is known to be the checker still, and not a
  // server that does not say that it serves (started_program.h); false where
  // it is not.
  bool kill_unless_changed(char* const* argv) const;
  // Closes the pipe of the status byte, for a server that waits until popup has
  // logged the login.
  void close_status() { status_.reset(); }
  // Waits for the end of the session, or for a cause to end it.  client is the
  // descriptor that the server writes to.
  Cause watch(int client, lib::Deadline end);
  // How the process ended.  One that was killed is waited for no longer than
  // kill_and_reap() does.
  Ending reap();
  // Ends the process: SIGTERM first, also for one that is stopped, so that it
  // can log its end; SIGKILL after five seconds.
  Ending end();

 private:
  Checker(pid_t process, lib::UniqueFd status, lib::UniqueFd signals)
      : process_(process),
        status_(std::move(status)),
        signals_(std::move(signals)) {}
  bool read_status();
  Ending describe(bool ended, const siginfo_t& info);

  pid_t process_;
  lib::UniqueFd status_;
  lib::UniqueFd signals_;  // SIGCHLD and SIGTERM
  bool serving_ = false;
};

}  // namespace popup
