// SPDX-License-Identifier: ISC
// maildir-pop3d: POP3 from login to QUIT, over one Maildir, as its user.
#include <fcntl.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "lib/capabilities.h"
#include "lib/client.h"
#include "lib/deadline.h"
#include "lib/exit_code.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/out_of_memory.h"
#include "lib/privileges.h"
#include "lib/program.h"
#include "lib/sandbox.h"
#include "lib/signals.h"
#include "lib/unique_fd.h"
#include "maildir-pop3d/bulletins.h"
#include "maildir-pop3d/check.h"
#include "maildir-pop3d/connection.h"
#include "maildir-pop3d/indexes.h"
#include "maildir-pop3d/login_delay.h"
#include "maildir-pop3d/maildir.h"
#include "maildir-pop3d/options.h"
#include "maildir-pop3d/scan.h"
#include "maildir-pop3d/session.h"
#include "maildir-pop3d/status_byte.h"
#include "maildir-pop3d/submission.h"
#include "maildir-pop3d/system_calls.h"
#include "maildir-pop3d/trace.h"
#include "maildir-pop3d/uidl_list.h"
#include "maildir-pop3d/update.h"

namespace pop3d {
namespace {

constexpr const char* kProgram = "maildir-pop3d";

using User = lib::FixedText<255>;

const char* environment(const char* name, const char* otherwise) {
  const char* const value = getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

// -u, LOGNAME, USER, the name of the uid, the uid.
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

// A client is at the other end of sockets or pipes, both ways.
bool client_is_there() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) {
    struct stat file {};
    if (fstat(fd, &file) != 0) return false;
    if (!S_ISSOCK(file.st_mode) && !S_ISFIFO(file.st_mode)) return false;
  }
  return true;
}

constexpr std::string_view kCannotOpen =
    "-ERR [SYS/TEMP] unable to open the mailbox\r\n";

// popup speaks where it waits for our status.  Behind another front end
// nobody would: then we do, and have thereby spoken (exit code 0).
[[noreturn]] void give_up(StatusByte& status, std::string_view reply) {
  if (status.is_awaited()) _exit(lib::kTemporary);
  (void)lib::write_all(STDOUT_FILENO, reply, lib::Deadline::in_seconds(30));
  _exit(lib::kDone);
}

// A person at a terminal, or a script, wants the exit code; a client wants a
// reply.
[[noreturn]] void refuse_usage(StatusByte& status, const Complaint& complaint) {
  if (client_is_there() && !status.is_awaited()) {
    lib::FixedText<600> line;
    line << kProgram << ": fatal: " << complaint.view() << '\n';
    (void)lib::write_all(STDERR_FILENO, line.view());
    give_up(status, "-ERR [SYS/TEMP] the server is misconfigured\r\n");
  }
  lib::die(lib::kTemporary, kProgram, complaint.view());
}

Options read_options(int argc, char** argv, StatusByte& status) {
  Options options;
  Complaint complaint;
  if (!parse_options(argc, argv, options, complaint))
    refuse_usage(status, complaint);
  if (options.help) (void)lib::write_all(STDOUT_FILENO, kHelp);
  if (options.version) lib::print_version(kProgram);
  if (options.help || options.version) _exit(lib::kDone);
  if (options.maildir == nullptr)
    options.maildir = environment("MAILDIR", "Maildir");
  return options;
}

void set_up_log(const Options& options, lib::Log& log) {
  if (options.syslog) log.to_syslog(LOG_MAIL);
  log.inherit_session();
  if (options.quiet) log.set_verbosity(lib::Verbosity::Quiet);
  if (options.verbose) log.set_verbosity(lib::Verbosity::Verbose);
}

// Everything that one session needs to know and own.
struct Setting {
  Options options;
  StatusByte status;
  lib::Log log{kProgram};
  User user;
  lib::Client client;

  [[nodiscard]] Identity who() const { return {user.view(), client.ip.view()}; }
};

[[noreturn]] void fail(Setting& setting, const lib::Error& error,
                       std::string_view reply) {
  {
    lib::FixedText<300> cause;
    cause << "unable to " << error.doing;
    if (error.code != 0) cause << ": " << strerror(error.code);
    lib::LogLine(setting.log, "fail", lib::Log::Level::Error)
        .field("cause", cause.view())
        .field("maildir", setting.options.maildir)
        .field("user", setting.who().user)
        .field("ip", setting.who().ip);
  }
  give_up(setting.status, reply);
}

Maildir open_maildir(Setting& setting) {
  auto maildir = Maildir::open(setting.options.maildir);
  if (!maildir.ok()) fail(setting, maildir.error(), kCannotOpen);
  if (setting.options.lock) {
    const lib::Status locked = maildir.value().lock();
    if (!locked.ok() && locked.error().code == EWOULDBLOCK) {
      setting.status.send();
      fail(setting, locked.error(),
           "-ERR [IN-USE] another session has the mailbox\r\n");
    }
    if (!locked.ok()) fail(setting, locked.error(), kCannotOpen);
  }
  return std::move(maildir.value());
}

void check_login_delay(Setting& setting, const Maildir& maildir) {
  const int64_t seconds = setting.options.login_delay;
  if (seconds == 0) return;
  const auto begins = may_begin(maildir.root(), seconds);
  if (!begins.ok()) return setting.log.warning(begins.error());
  if (begins.value()) return;
  setting.status.send();
  lib::FixedText<100> reply;
  reply << "-ERR [LOGIN-DELAY] one session in ";
  reply.number(static_cast<uint64_t>(seconds)) << " seconds, please wait\r\n";
  fail(setting, {"begin a session so soon after the last", 0}, reply.view());
}

UidlList open_uidl_list(Setting& setting, const Maildir& maildir) {
  auto list = UidlList::open(maildir.root(), setting.options.uidl);
  if (!list.ok()) fail(setting, list.error(), kCannotOpen);
  return std::move(list.value());
}

void open_trace(Setting& setting, Trace& trace) {
  if (setting.options.debug) trace.to_log();
  if (setting.options.trace == nullptr) return;
  const lib::Status opened = trace.to_file(setting.options.trace);
  if (!opened.ok()) fail(setting, opened.error(), kCannotOpen);
}

// The home directory is where the checkpassword program left us.
void add_bulletins(const Setting& setting, const Maildir& maildir) {
  if (setting.options.bulletins == nullptr) return;
  std::array<char, 256> own_name{};
  gethostname(own_name.data(), own_name.size() - 1);
  const lib::UniqueFd home(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto delivered = deliver_bulletins(
      home.get(), maildir.root(), setting.options.bulletins,
      setting.user.view(), environment("POPUP_HOST", own_name.data()));
  if (!delivered.ok())
    setting.log.warning(delivered.error());
  else if (delivered.value() != 0)
    lib::LogLine(setting.log, "bulletins")
        .number("delivered", delivered.value())
        .field("user", setting.who().user);
}

std::optional<Submitter> start_submitter(Setting& setting) {
  if (!setting.options.submit) return std::nullopt;
  auto submitter = Submitter::start(Submitter::find_sendmail());
  if (!submitter.ok()) fail(setting, submitter.error(), kCannotOpen);
  return std::move(submitter.value());
}

void note_missing(const lib::Log& log, const lib::Status& confined) {
  if (!confined.ok() && log.verbosity() == lib::Verbosity::Verbose)
    log.warning(confined.error());
}

void enter_sandbox(const Setting& setting, const Maildir& maildir) {
  std::array<int, 4> directories{};
  size_t count = 0;
  for (const int fd : {maildir.root(), maildir.folder(Folder::New),
                       maildir.folder(Folder::Cur), maildir.tmp()})
    if (fd >= 0) directories[count++] = fd;
  note_missing(setting.log,
               lib::confine_to(std::span(directories).first(count)));
  if (setting.options.seccomp)
    note_missing(setting.log,
                 forbid_other_system_calls(setting.log.is_syslog()));
}

Mailbox open_mailbox(Setting& setting, Maildir& maildir, Indexes& indexes) {
  auto found = indexes.open_mailbox(maildir);
  if (!found.ok()) fail(setting, found.error(), kCannotOpen);
  if (found.value().unreadable != 0)
    lib::LogLine(setting.log, "unreadable", lib::Log::Level::Warning)
        .number("messages", found.value().unreadable)
        .field("user", setting.who().user);
  return Mailbox(std::move(found.value().catalog));
}

// What popup announced before login; without popup a password was needed
// at least.
std::string_view capabilities() {
  const std::string_view lines = environment("POPUP_CAPA", "");
  return !lines.empty() && lib::valid_capability_lines(lines) ? lines : "USER";
}

void report(const Setting& setting, Statistics& statistics, int64_t began_ms) {
  statistics.tenths =
      static_cast<uint64_t>(lib::monotonic_ms() - began_ms) / 100;
  log_close(setting.log, setting.who(), statistics);
  if (setting.options.statistics)
    log_classical(setting.log, setting.who(), statistics);
}

void serve(Setting& setting) {
  const int64_t began_ms = lib::monotonic_ms();
  const Options& options = setting.options;
  const auto end = options.session_seconds == 0
                       ? lib::Deadline::never()
                       : lib::Deadline::in_seconds(options.session_seconds);
  Trace trace(setting.log);
  open_trace(setting, trace);
  Maildir maildir = open_maildir(setting);
  check_login_delay(setting, maildir);
  add_bulletins(setting, maildir);
  UidlList uidl_list = open_uidl_list(setting, maildir);
  const auto submitter = start_submitter(setting);
  enter_sandbox(setting, maildir);
  Indexes indexes;
  Mailbox mailbox = open_mailbox(setting, maildir, indexes);
  if (options.uidl.format != UidlFormat::Name)
    mailbox.catalog().use_list(uidl_list);

  Connection client(STDIN_FILENO, STDOUT_FILENO, options.idle_seconds, end);
  const SessionRules rules{
      .commit_on_error = options.commit_on_error,
      .keep_new = options.keep_new,
      .login_delay = static_cast<unsigned>(options.login_delay),
      .capabilities = capabilities(),
      .submitter = submitter ? &*submitter : nullptr};
  Session session(client, maildir, mailbox, indexes, rules, setting.log, trace);
  setting.status.send();
  lib::set_out_of_memory("", lib::kDone);
  Statistics statistics = session.run();
  report(setting, statistics, began_ms);
  // What follows needs neither the client nor others to wait.  popup holds
  // the connection as well: closing it here would not end it.
  client.discard_input();
  (void)shutdown(STDOUT_FILENO, SHUT_WR);
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  if (statistics.reason == "quit") sweep_tmp(maildir);
  indexes.refresh(maildir, mailbox.catalog());
#ifndef POPCHAIN_SANITIZED
  // All memory goes at once, which is cheaper than piece by piece.
  _exit(lib::kDone);
#endif
}

// --check: for a person, so that errors go to descriptor 2.
[[noreturn]] void check_and_exit(const Options& options, lib::Log& log) {
  if (getuid() == 0 || geteuid() == 0)
    lib::die(lib::kTemporary, kProgram, "--check is for the Maildir's owner");
  auto maildir = Maildir::open(options.maildir);
  if (!maildir.ok()) lib::die(lib::kTemporary, kProgram, maildir.error());
  auto list = UidlList::open(maildir.value().root(), options.uidl);
  if (!list.ok()) lib::die(lib::kTemporary, kProgram, list.error());
  if (options.verbose) log.set_verbosity(lib::Verbosity::Verbose);
  if (options.seccomp)
    note_missing(log, forbid_other_system_calls(log.is_syslog()));
  const auto differences = check(maildir.value(), list.value());
  if (!differences.ok())
    lib::die(lib::kTemporary, kProgram, differences.error());
  _exit(differences.value() == 0 ? lib::kDone : lib::kRejected);
}

}  // namespace
}  // namespace pop3d

int main(int argc, char** argv) {
  // First of all: a user with a shell must not get at our log's descriptor.
  lib::forbid_dumps();
  lib::reset_session_signals();
  pop3d::Setting setting{.status = pop3d::StatusByte::from_environment()};
  lib::fill_standard_descriptors();
  setting.options = pop3d::read_options(argc, argv, setting.status);
  if (setting.options.check)
    pop3d::check_and_exit(setting.options, setting.log);
  // In silence: a guessed root password looks like a wrong one.
  if (getuid() == 0 || geteuid() == 0) return lib::kRejected;
  umask(077);
  pop3d::set_up_log(setting.options, setting.log);
  setting.user = pop3d::find_user(setting.options);
  setting.client = lib::find_client();
  if (setting.options.host != nullptr) {
    setting.client.ip.clear();
    setting.client.ip << setting.options.host;
  }
  if (!setting.status.is_awaited())
    lib::set_out_of_memory(pop3d::kCannotOpen, lib::kDone);
  pop3d::serve(setting);
  return lib::kDone;
}
