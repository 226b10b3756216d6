// SPDX-License-Identifier: ISC
// Runs as root: the whole of a login, until it becomes the user.
#include "checkpw/login/attempt.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "checkpw/login/become.h"
#include "lib/process/environment.h"
#include "lib/text/text.h"

namespace checkpw {
namespace {

// The first regular file of this name in the directories of path; empty if
// there is none.
std::string find_in(std::string_view path, const char* name) {
  while (!path.empty()) {
    std::string file(lib::next_field(path, ':'));
    if (!file.empty()) file += '/';
    file += name;
    struct stat status {};
    if (stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode))
      return file;
  }
  return {};
}

}  // namespace

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
  const lib::Status status = handover_.receive(options_->names);
  if (!status.ok()) end(status.error(), Handover::exit_code(status.error()));
}

void Attempt::log_accept(std::string_view key, std::string_view value) {
  if (log_.verbosity() != lib::Verbosity::Verbose) return;
  lib::LogLine line(log_, "accept");
  line.field("user", handover_.login());
  if (!value.empty()) line.field(key, value);
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
  const char* const name = options_->program[0];
  execvp(name, options_->program);
  const lib::Error error = lib::Error::from_errno("run the program");
  if (strchr(name, '/') != nullptr) end(error.about(name));
  const char* path = getenv("PATH");
  if (path == nullptr) path = "/usr/local/bin:/bin:/usr/bin";  // musl's own
  const std::string file = find_in(path, name);
  if (!file.empty()) end(error.about(file.c_str()));
  // Not execvp's errno: EACCES may be about a directory in PATH.
  end({.doing = "find the program in PATH",
       .error = strerror(ENOENT),
       .file = name,
       .path = path});
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
