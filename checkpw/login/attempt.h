// SPDX-License-Identifier: ISC
#pragma once

#include <csignal>
#include <string_view>

#include "checkpw/login/attempt_options.h"
#include "checkpw/login/handover.h"
#include "checkpw/login/verify.h"
#include "checkpw/stores/account.h"
#include "lib/io/client.h"
#include "lib/io/log.h"
#include "lib/process/exit_code.h"

// This folder holds the steps of one login.
// checkpw's and checkpw-pam's mains call it.
// It may call stores/, crypt/ and cache/.
namespace checkpw {

// Why a login cannot be decided, for the log.
struct Failure {
  std::string_view doing;      // "unable to" do this
  std::string_view error;      // the reason; empty: not known
  const char* file = nullptr;  // null: no file is concerned
  std::string_view path = {};  // the directories searched, if any were
};

// One login, as checkpw and checkpw-pam begin and end it.  Each step that fails
// ends the program: it writes a line to the log, wipes the secrets and exits.
class Attempt {
 public:
  // Reads descriptor 3, and rewrites the login.  The exit code says whether the
  // front end is at fault.
  void receive();

  // Replaces this process by the next program, as execvp(3) does.  No secret
  // passes to it: descriptor 3 is closed, our own descriptors are
  // close-on-exec, and exec replaces the memory.
  [[noreturn]] void run_program();

 protected:
  // Make it before anything else opens a descriptor or writes to one.
  explicit Attempt(const char* program)
      : log_(program), client_(lib::find_client()) {}
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt() = default;

  // The first step: sets the log up, drops an absolute MAILDIR, and ignores
  // SIGPIPE until run_program().  Forbids core dumps and debuggers, which exec
  // allows again.  options must outlive this.
  void begin(const AttemptOptions& options);

  // With -v: logs the login, and the further field unless its value is empty.
  void log_accept(std::string_view key, std::string_view value);

  // Becomes the account, for good, enters its home and sets the environment.
  // name is the account's login (become.h).
  void become_owner(const char* name);

  void wipe_secrets();

  void require(const lib::Status& status) {
    if (!status.ok()) end(status.error());
  }
  [[noreturn]] void refuse(Cause cause, int code = lib::kRejected);
  // Refuses an account that is root's, or has too low a uid.
  void refuse_root(int code = lib::kRejected);
  [[noreturn]] void end(const lib::Error& error, int code = lib::kTemporary);
  [[noreturn]] void end(const Failure& failure, int code = lib::kTemporary);

  Handover handover_;  // before the log, which may open a descriptor
  lib::Log log_;
  lib::Client client_;
  Lookup lookup_;  // the account that the login leads to

 private:
  // True if the log may name the login.  People type passwords where login
  // names belong, so it must be the login of an account.
  [[nodiscard]] virtual bool is_known() = 0;

  void add_client(lib::LogLine& line);
  [[noreturn]] void leave(int code);

  const AttemptOptions* options_ = nullptr;
  sighandler_t sigpipe_ = SIG_DFL;  // as inherited
};

}  // namespace checkpw
