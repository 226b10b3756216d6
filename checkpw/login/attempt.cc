// SPDX-License-Identifier: ISC
// Runs as root: the whole of a login, until it becomes the user.
#include "checkpw/login/attempt.h"

#include <sys/prctl.h>
#include <syslog.h>
#include <unistd.h>

#include <cstring>

#include "checkpw/login/become.h"
#include "checkpw/login/next_program.h"
#include "lib/process/environment.h"

namespace checkpw {

void Attempt::begin(const AttemptOptions& options) {
  options_ = &options;
  lib::drop_absolute_maildir();
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  sigpipe_ = signal(SIGPIPE, SIG_IGN);  // the log's reader may be gone
  log_.set_verbosity(options.verbosity);
  if (options.syslog) log_.to_syslog(LOG_MAIL);
  log_.inherit();
}

void Attempt::receive() {
  const lib::Status status = handover_.receive();
  if (!status.ok()) end(status.error(), Handover::exit_code(status.error()));
}

void Attempt::log_accept(std::string_view owner) {
  if (log_.verbosity() != lib::Verbosity::Verbose) return;
  lib::LogLine line(log_, "accept");
  line.field("user", handover_.login());
  if (!owner.empty()) line.field("owner", owner);
  line.number("uid", *lookup_.account.uid)
      .number("gid", *lookup_.account.gid)
      .field("ip", client_.ip.view());
}

void Attempt::become_owner(const char* name) {
  require(become_account(name, lookup_.account, log_));
  require(enter_home(name, lookup_.account, options_->export_ids));
}

void Attempt::run_program() {
  signal(SIGPIPE, sigpipe_);
  const RunFailure failed = checkpw::run_program(options_->program);
  end({.doing = failed.error.doing,
       .error = strerror(failed.error.code),
       .file = failed.file.c_str(),
       .path = failed.path});
}

void Attempt::refuse(Cause cause, int code) {
  {
    lib::LogLine line(log_, "refuse");
    line.field("cause", cause_name(cause));
    add_client(line);
  }
  leave(code);
}

void Attempt::refuse_root(int code) {
  const Terms terms{.least_uid = options_->least_uid};
  if (reason_barred(lookup_.account, terms) == Cause::Root)
    refuse(Cause::Root, code);
}

void Attempt::end(const lib::Error& error, int code) {
  end({.doing = error.doing,
       .error = error.code != 0 ? strerror(error.code) : "",
       .file = error.file},
      code);
}

void Attempt::end(const Failure& failure, int code) {
  {
    lib::LogLine line(log_, code == lib::kMisused ? "misused" : "temporary",
                      lib::Log::Level::Error);
    line.field("unable", failure.doing);
    if (!failure.error.empty()) line.field("error", failure.error);
    if (failure.file != nullptr) line.field("file", failure.file);
    if (!failure.path.empty()) line.field("path", failure.path);
    add_client(line);
    if (failure.file != nullptr) line.number("uid", geteuid());
  }
  leave(code);
}

void Attempt::add_client(lib::LogLine& line) {
  if (is_known())
    line.field("user", handover_.login());
  else
    line.unknown("user");
  line.field("ip", client_.ip.view());
}

void Attempt::leave(int code) {
  wipe_secrets();  // _exit runs no destructor
  _exit(code);
}

void Attempt::wipe_secrets() {
  handover_.wipe();
  lookup_.account.stored.wipe();
  lookup_.account.clear.wipe();
  lookup_.dummy.wipe();
}

}  // namespace checkpw
