// SPDX-License-Identifier: ISC
// Runs as root: the whole of checkpw-pam, up to become().
#include <pwd.h>
#include <sys/prctl.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "checkpw/login/become.h"
#include "checkpw/login/handover.h"
#include "checkpw/login/next_program.h"
#include "checkpw/pam/options.h"
#include "checkpw/pam/pam_session.h"
#include "checkpw/pam/password.h"
#include "checkpw/stores/account.h"
#include "lib/io/client.h"
#include "lib/process/environment.h"
#include "lib/process/exit_code.h"

namespace checkpw {
namespace {

// One login.  Each step ends the program where it cannot go on.
class PamLogin {
 public:
  PamLogin(const PamOptions& options, Handover& handover, lib::Log& log)
      : options_(options),
        handover_(handover),
        log_(log),
        client_(lib::find_client()) {
    log_.set_verbosity(options.verbosity);
    if (options.syslog) log_.to_syslog(LOG_MAIL);
    log_.inherit();
  }

  void receive() {
    const lib::Status status = handover_.receive();
    if (!status.ok()) end(status.error(), Handover::exit_code(status.error()));
  }

  void ask_pam() {
    lib::Secret password;
    if (!password_for_pam(handover_.credentials(), password))
      refuse("password");
    const auto [verdict, error] = authenticate(password);
    password.wipe();
    handover_.wipe();
    if (verdict == PamVerdict::Refused) refuse("password");
    if (verdict == PamVerdict::Expired) refuse("expired");
    if (verdict == PamVerdict::Temporary)
      end("ask PAM", error, lib::kTemporary);
  }

  // The owner of the storage is an account of the system, whoever logged in.
  void find_owner() {
    errno = 0;
    const passwd* entry = owner_.empty() ? nullptr : getpwnam(owner_.c_str());
    if (entry == nullptr && errno != 0 && errno != ENOENT)
      end(lib::Error::from_errno("look the owner up"), lib::kTemporary);
    if (entry == nullptr) refuse("unknown");
    if (entry->pw_uid == 0 || entry->pw_gid == 0 ||
        entry->pw_uid < options_.least_uid)
      refuse("root");
    account_.uid = entry->pw_uid;
    account_.gid = entry->pw_gid;
    account_.home = entry->pw_dir;
    account_.shell = entry->pw_shell;
    account_.has_system_groups = true;
  }

  void become() {
    if (log_.verbosity() == lib::Verbosity::Verbose)
      lib::LogLine(log_, "accept")
          .field("user", handover_.login())
          .field("owner", owner_)
          .number("uid", *account_.uid)
          .number("gid", *account_.gid)
          .field("ip", client_.ip.view());
    const lib::Status status = checkpw::become(owner_.c_str(), account_, log_);
    if (!status.ok()) end(status.error(), lib::kTemporary);
    const lib::Status entered =
        enter_home(owner_.c_str(), account_, options_.export_ids);
    if (!entered.ok()) end(entered.error(), lib::kTemporary);
    // The storage is its owner's, the session is the client's.
    lib::set_variable("USER", handover_.login());
    lib::set_variable("LOGNAME", handover_.login());
  }

  [[noreturn]] void run_program() {
    const NotRun failed = checkpw::run_program(options_.program);
    end(failed.error.about(failed.file.c_str()), lib::kTemporary, failed.path);
  }

 private:
  struct Answer {
    PamVerdict verdict;
    const char* error;  // a constant of libpam's
  };
  // PAM's modules are finished when this returns.
  Answer authenticate(lib::Secret& password) {
    PamSession pam(options_.service, handover_.login(), host(), password);
    const PamVerdict verdict = pam.authenticate();
    if (verdict == PamVerdict::Accepted) {
      owner_ = pam.user();
      account_.maildir = pam.maildir();
    }
    return {verdict, pam.error()};
  }

  // Of PAM_RHOST; empty where nothing is known.
  const char* host() {
    if (options_.rhost != nullptr) return options_.rhost;
    return client_.ip.view() == "-" ? "" : client_.ip.c_str();
  }

  // An unknown login stays out of the log: people type passwords there.
  void add_client(lib::LogLine& line) {
    if (getpwnam(handover_.login()) != nullptr)
      line.field("user", handover_.login());
    else
      line.unknown("user");
    line.field("ip", client_.ip.view());
  }

  [[noreturn]] void refuse(std::string_view cause) {
    {
      lib::LogLine line(log_, "refuse");
      line.field("cause", cause);
      add_client(line);
    }
    leave(lib::kRejected);
  }

  // path: the directories that were searched, if any were.
  [[noreturn]] void end(const lib::Error& error, int code,
                        std::string_view path = {}) {
    end(error.doing, error.code != 0 ? strerror(error.code) : "", code,
        error.file, path);
  }

  [[noreturn]] void end(std::string_view doing, std::string_view error,
                        int code, const char* file = nullptr,
                        std::string_view path = {}) {
    {
      lib::LogLine line(log_, code == lib::kMisused ? "misused" : "temporary",
                        lib::Log::Level::Error);
      line.field("unable", doing);
      if (!error.empty()) line.field("error", error);
      if (file != nullptr) line.field("file", file);
      if (!path.empty()) line.field("path", path);
      add_client(line);
      if (file != nullptr) line.number("uid", geteuid());
    }
    leave(code);
  }

  [[noreturn]] void leave(int code) {
    handover_.wipe();  // _exit runs no destructor
    _exit(code);
  }

  const PamOptions& options_;
  Handover& handover_;
  lib::Log& log_;
  lib::Client client_;
  std::string owner_;
  Account account_;
};

}  // namespace
}  // namespace checkpw

int main(int argc, char** argv) {
  checkpw::Handover handover;  // before the log may open something
  lib::Log log("checkpw");     // before anything is said on descriptor 2
  const checkpw::PamOptions options = checkpw::parse_pam_options(argc, argv);
  lib::drop_absolute_maildir();
  // No core and no debugger while secrets are about; exec lifts it again.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const auto sigpipe = signal(SIGPIPE, SIG_IGN);  // a log that is gone
  checkpw::PamLogin login(options, handover, log);
  login.receive();
  login.ask_pam();
  login.find_owner();
  login.become();
  signal(SIGPIPE, sigpipe);
  login.run_program();
}
