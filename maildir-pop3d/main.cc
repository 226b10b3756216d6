// SPDX-License-Identifier: ISC
// maildir-pop3d: serves one Maildir by POP3 from login to QUIT, as its user.
//
// How to read it: this file reads the options and the environment.  service.cc
// runs the session: it opens the Maildir, confines the process, serves the
// client and writes the indexes.  protocol/session.cc runs the commands;
// mailbox/ numbers the messages and removes them at QUIT.  If the Maildir has
// not changed, index/ lists it from its index; otherwise maildir/ reads it.
#include <pwd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/io/client.h"
#include "lib/io/io.h"
#include "lib/io/log.h"
#include "lib/process/exit_code.h"
#include "lib/process/out_of_memory.h"
#include "lib/process/privileges.h"
#include "lib/process/program.h"
#include "lib/process/signals.h"
#include "lib/process/title.h"
#include "maildir-pop3d/mailbox/check.h"
#include "maildir-pop3d/mailbox/uidl_list.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/options.h"
#include "maildir-pop3d/seccomp_filter.h"
#include "maildir-pop3d/service.h"
#include "maildir-pop3d/session_context.h"
#include "maildir-pop3d/status_byte.h"

namespace pop3d {
namespace {

// The user's name for the log: the first of -u, LOGNAME, USER, the name of the
// uid, and the uid.
User find_user(const Options& options) {
  User user;
  const char* name = options.user;
  if (name == nullptr)
    name = environment("LOGNAME", environment("USER", nullptr));
  if (name == nullptr) {
    const passwd* const entry = getpwuid(getuid());
    if (entry != nullptr) name = entry->pw_name;
  }
  if (name != nullptr) user << name;
  if (user.empty()) user.number(getuid());
  return user;
}

// True if descriptors 0 and 1 are sockets or pipes, as from a server.
bool is_client_there() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) {
    struct stat file {};
    if (fstat(fd, &file) != 0) return false;
    if (!S_ISSOCK(file.st_mode) && !S_ISFIFO(file.st_mode)) return false;
  }
  return true;
}

// If the command line is wrong, a client gets a reply; popup, a person at a
// terminal and a script get the exit code.
Options read_options(int argc, char** argv, StatusByte& status) {
  Options options;
  lib::UsageFault fault;
  if (!parse_options(argc, argv, options, fault)) {
    if (!is_client_there() || status.is_awaited())
      lib::die_of_usage(lib::kTemporary, kProgram, fault.view());
    lib::complain(kProgram, fault.view());
    give_up(status, "-ERR [SYS/TEMP] the server is misconfigured\r\n");
  }
  if (options.maildir == nullptr)
    options.maildir = environment("MAILDIR", "Maildir");
  return options;
}

void set_up_log(const Options& options, lib::Log& log) {
  if (options.syslog) log.to_syslog(LOG_MAIL);
  log.inherit();
  if (options.quiet) log.set_verbosity(lib::Verbosity::Quiet);
  if (options.verbose) log.set_verbosity(lib::Verbosity::Verbose);
}

// Does what --check wants.  A person reads the output: errors go to
// descriptor 2.
[[noreturn]] void check_and_exit(const Options& options, lib::Log& log) {
  if (getuid() == 0 || geteuid() == 0)
    lib::die(lib::kTemporary, kProgram, "--check is for the Maildir's owner");
  auto maildir = Maildir::open(options.maildir);
  if (!maildir.ok()) lib::die(lib::kTemporary, kProgram, maildir.error());
  UidlList list = UidlList::open(maildir.value().root(), options.uidl);
  if (options.verbose) log.set_verbosity(lib::Verbosity::Verbose);
  if (options.seccomp)
    note_missing(log, install_seccomp_filter(log.is_syslog()));
  const auto differences = check(maildir.value(), list);
  if (!differences.ok())
    lib::die(lib::kTemporary, kProgram, differences.error());
  _exit(differences.value() == 0 ? lib::kDone : lib::kRejected);
}

}  // namespace
}  // namespace pop3d

int main(int argc, char** argv) {
  // First, so that a user with a shell cannot reach our log's descriptor.
  lib::forbid_dumps();
  const lib::ProcessTitle title(argc, argv);
  lib::reset_session_signals();
  pop3d::SessionContext context{.status =
                                    pop3d::StatusByte::from_environment()};
  lib::fill_standard_descriptors();
  context.options = pop3d::read_options(argc, argv, context.status);
  if (context.options.check)
    pop3d::check_and_exit(context.options, context.log);
  umask(077);
  pop3d::set_up_log(context.options, context.log);
  context.user = pop3d::find_user(context.options);
  context.log.set_user(context.user.view());
  context.client = lib::find_client();
  if (context.options.host != nullptr) {
    context.client.ip.clear();
    context.client.ip << context.options.host;
  }
  if (getuid() == 0 || geteuid() == 0) {
    // Sends no reply.  popup then replies as to a wrong password, so that
    // nobody learns that it was root's.
    pop3d::log_failure(context, {"serve a mailbox as root", 0});
    _exit(lib::kRejected);
  }
  if (context.options.title)
    title.show(pop3d::kProgram, {context.who().user, context.who().ip});
  if (!context.status.is_awaited())
    lib::set_out_of_memory(pop3d::kCannotOpen, lib::kDone);
  pop3d::run_session(context);
  return lib::kDone;
}
