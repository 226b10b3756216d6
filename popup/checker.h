// SPDX-License-Identifier: ISC
#pragma once

#include <sys/types.h>

#include "lib/deadline.h"
#include "lib/result.h"
#include "lib/secret.h"
#include "lib/unique_fd.h"

namespace popup {

// How the program behind popup ended.
struct Ending {
  bool served = false;  // it had written to the client: the status byte came
  bool by_signal = false;
  int code = 0;   // exit code, or the signal
  uid_t uid = 0;  // its real uid at the end
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
  // never reads holds nobody up.
  static lib::Result<Checker> start(char* const* argv,
                                    const lib::Secret& record);

  enum class Progress {
    Serving,  // the program has spoken to the client, and says so
    Ended,    // as wait() will tell
    Late,     // the deadline has passed
    Unknown,  // the kernel has no means to wait for more than the end
  };
  // The first of them.
  Progress wait_until_serving(lib::Deadline deadline);
  // Ends the process where it is known to be the checker still, and not a
  // server that does not say that it serves (started_program.h); false where
  // it is not.
  bool kill_unless_changed(char* const* argv) const;
  // Waits for that very process, without a limit: a session lasts as long
  // as its server lets it.
  Ending wait();

 private:
  Checker(pid_t process, lib::UniqueFd status)
      : process_(process), status_(std::move(status)) {}
  bool read_status();

  pid_t process_;
  lib::UniqueFd status_;
  bool serving_ = false;
};

}  // namespace popup
