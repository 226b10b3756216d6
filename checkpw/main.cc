// SPDX-License-Identifier: ISC
// Runs as root: the whole of checkpw, up to become().
#include <sys/prctl.h>
#include <syslog.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "checkpw/login/become.h"
#include "checkpw/login/dot_password.h"
#include "checkpw/login/dovecot.h"
#include "checkpw/login/handover.h"
#include "checkpw/login/next_program.h"
#include "checkpw/login/verify.h"
#include "checkpw/options.h"
#include "lib/io/client.h"
#include "lib/process/environment.h"
#include "lib/process/exit_code.h"

namespace checkpw {
namespace {

// What Dovecot wants to hear when it looks up a user that is none of ours.
constexpr int kDovecotUnknown = 3;

// One login.  Each step ends the program where it cannot go on.
class Login {
 public:
  Login(const Options& options, Handover& handover, lib::Log& log)
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

  void look_up() {
    require(
        checkpw::look_up(options_.stores, handover_.login(), log_, lookup_));
    if (options_.dovecot && lookup_.found)
      require(require_ids(lookup_.account));
    if (options_.dot_password)
      require(read_dot_password(handover_.login(), handover_.credentials(),
                                log_, lookup_));
  }

  void verify() {
    if (options_.dovecot && is_dovecot_lookup()) return verify_lookup();
    const Terms terms{.least_uid = options_.least_uid,
                      .client = lib::parse_address(client_.ip.view()),
                      .local = client_.local};
    const auto refusal =
        checkpw::verify(handover_.credentials(), lookup_, terms);
    if (!refusal.ok()) end(refusal.error(), lib::kTemporary);
    wipe_secrets();
    if (refusal.value()) refuse(*refusal.value());
  }

  void become() {
    if (options_.dovecot)
      return require(answer_dovecot(handover_.login(), lookup_.account));
    if (log_.verbosity() == lib::Verbosity::Verbose) log_accept();
    require(checkpw::become(handover_.login(), lookup_.account, log_));
    require(
        enter_home(handover_.login(), lookup_.account, options_.export_ids));
  }

  // No secret goes along: descriptor 3 is closed, ours are close-on-exec, and
  // exec replaces the memory.
  [[noreturn]] void run_program() {
    const NotRun failed = checkpw::run_program(options_.program);
    end(failed.error.about(failed.file.c_str()), lib::kTemporary, failed.path);
  }

 private:
  // Mail is delivered to accounts that may not log in, too.
  void verify_lookup() {
    wipe_secrets();
    if (!lookup_.found) refuse(Cause::Unknown);
    require(settle_ids(lookup_.account));
    if (find_bar(lookup_.account, {.least_uid = options_.least_uid}) ==
        Cause::Root)
      refuse(Cause::Root);
  }

  [[gnu::noinline]] void log_accept() const {
    lib::LogLine(log_, "accept")
        .field("user", handover_.login())
        .number("uid", *lookup_.account.uid)
        .number("gid", *lookup_.account.gid)
        .field("ip", client_.ip.view());
  }

  void require(const lib::Status& status) {
    if (!status.ok()) end(status.error(), lib::kTemporary);
  }

  // People type passwords where login names belong: an unknown one stays out
  // of the log.
  void add_client(lib::LogLine& line) {
    if (lookup_.found)
      line.field("user", handover_.login());
    else
      line.unknown("user");
    line.field("ip", client_.ip.view());
  }

  [[noreturn]] void refuse(Cause cause) {
    {
      lib::LogLine line(log_, "refuse");
      line.field("cause", cause_name(cause));
      add_client(line);
    }
    // In answer to a login 3 would be a failure of ours, and tell users apart.
    const bool lookup = options_.dovecot && is_dovecot_lookup();
    leave(lookup ? kDovecotUnknown : lib::kRejected);
  }

  // path: the directories that were searched, if any were.
  [[noreturn]] void end(const lib::Error& error, int code,
                        std::string_view path = {}) {
    {
      lib::LogLine line(log_, code == lib::kMisused ? "misused" : "temporary",
                        lib::Log::Level::Error);
      line.field("unable", error.doing);
      if (error.code != 0) line.field("error", strerror(error.code));
      if (error.file != nullptr) line.field("file", error.file);
      if (!path.empty()) line.field("path", path);
      add_client(line);
      if (error.file != nullptr) line.number("uid", geteuid());
    }
    leave(code);
  }

  [[noreturn]] void leave(int code) {
    wipe_secrets();  // _exit runs no destructor
    _exit(code);
  }

  void wipe_secrets() {
    handover_.wipe();
    lookup_.account.stored.wipe();
    lookup_.account.clear.wipe();
    lookup_.dummy.wipe();
  }

  const Options& options_;
  Handover& handover_;
  lib::Log& log_;
  lib::Client client_;
  Lookup lookup_;
};

}  // namespace
}  // namespace checkpw

int main(int argc, char** argv) {
  checkpw::Handover handover;  // before the log may open something
  lib::Log log("checkpw");     // before anything is said on descriptor 2
  const checkpw::Options options = checkpw::parse_options(argc, argv);
  lib::drop_absolute_maildir();
  // No core and no debugger while secrets are about; exec lifts it again.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const auto sigpipe = signal(SIGPIPE, SIG_IGN);  // a log that is gone
  checkpw::Login login(options, handover, log);
  login.receive();
  login.look_up();
  login.verify();
  login.become();
  signal(SIGPIPE, sigpipe);
  login.run_program();
}
