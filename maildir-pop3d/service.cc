// SPDX-License-Identifier: ISC
#include "maildir-pop3d/service.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <span>
#include <utility>

#include "lib/io/deadline.h"
#include "lib/io/trace.h"
#include "lib/io/unique_fd.h"
#include "lib/process/checkpassword.h"
#include "lib/process/exit_code.h"
#include "lib/process/out_of_memory.h"
#include "lib/process/privileges.h"
#include "lib/process/sandbox.h"
#include "lib/process/signals.h"
#include "lib/text/capabilities.h"
#include "maildir-pop3d/extensions/bulletins.h"
#include "maildir-pop3d/extensions/login_delay.h"
#include "maildir-pop3d/extensions/submission.h"
#include "maildir-pop3d/index/indexes.h"
#include "maildir-pop3d/mailbox/uidl_list.h"
#include "maildir-pop3d/mailbox/update.h"
#include "maildir-pop3d/maildir/create.h"
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/maildir/odd_entries.h"
#include "maildir-pop3d/maildir/scan.h"
#include "maildir-pop3d/protocol/connection.h"
#include "maildir-pop3d/protocol/session.h"
#include "maildir-pop3d/seccomp_filter.h"

namespace pop3d {
namespace {

// Refuses a session that may not begin now, which is not a failure, and ends
// the program.
[[noreturn]] void refuse(SessionContext& context, std::string_view cause,
                         std::string_view reply,
                         char status = lib::kServedStatus) {
  context.status.send(status);
  {
    lib::LogLine line(context.log, "busy");
    line.field("cause", cause);
    log_who(context, line);
  }
  give_up(context.status, reply);
}

// With --create makes the Maildir if there is none.
lib::Result<Maildir> open_or_create(SessionContext& context) {
  auto opened = Maildir::open(context.options.maildir);
  if (opened.ok() || opened.error().code != ENOENT || !context.options.create)
    return opened;
  const auto created = create_maildir(context.options.maildir);
  if (!created.ok()) return created.error();
  if (created.value()) {
    lib::LogLine line(context.log, "created");
    log_who(context, line);
  }
  auto reopened = Maildir::open(context.options.maildir);
  if (!reopened.ok() && reopened.error().code == ENOENT)
    return lib::Error{"create the Maildir: a symbolic link leads nowhere"};
  return reopened;
}

// Opens the Maildir, if the session may begin now.
Maildir open_maildir(SessionContext& context) {
  auto opened = open_or_create(context);
  if (!opened.ok()) {
    const bool is_missing =
        opened.error().code == ENOENT && !context.options.create;
    fail(context, opened.error(),
         is_missing ? "--create or maildirmake makes it" : "");
  }
  Maildir& maildir = opened.value();
  if (context.options.lock) {
    const lib::Status locked = maildir.lock();
    if (!locked.ok() && locked.error().code == EWOULDBLOCK)
      refuse(context, "lock",
             "-ERR [IN-USE] another session has the mailbox\r\n");
    if (!locked.ok()) fail(context, locked.error());
  }
  const int64_t delay = context.options.login_delay;
  if (delay == 0) return std::move(maildir);
  const auto begins = may_begin(maildir.root(), delay);
  if (!begins.ok()) {
    context.log.warning(begins.error().about("maildir-pop3d.login"));
  } else if (!begins.value()) {
    lib::FixedText<100> reply;
    reply << "-ERR [LOGIN-DELAY] one session in ";
    reply.number(static_cast<uint64_t>(delay)) << " seconds, please wait\r\n";
    refuse(context, "delay", reply.view());
  }
  return std::move(maildir);
}

UidlList open_uidl_list(SessionContext& context, const Maildir& maildir) {
  UidlList list = UidlList::open(maildir.root(), context.options.uidl);
  if (list.failed()) {
    log_failed_list(context.log, list, context.who());
    give_up(context.status, kCannotOpen);
  }
  return list;
}

lib::UniqueFd open_trace(SessionContext& context) {
  if (context.options.trace == nullptr) return {};
  auto file = lib::open_trace_file(context.options.trace);
  if (!file.ok()) fail(context, file.error().about(context.options.trace));
  return std::move(file.value());
}

// The working directory is the user's home directory: the checkpassword program
// has changed to it.
void add_bulletins(const SessionContext& context, const Maildir& maildir) {
  std::array<char, 256> own_name{};
  gethostname(own_name.data(), own_name.size() - 1);
  const lib::UniqueFd home(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto delivered = deliver_bulletins(
      home.get(), maildir.root(), context.options.bulletins,
      context.user.view(), environment("POPUP_HOST", own_name.data()),
      context.log);
  if (!delivered.ok())
    context.log.warning(delivered.error().about(context.options.bulletins));
  else if (delivered.value() != 0)
    lib::LogLine(context.log, "bulletins")
        .number("delivered", delivered.value())
        .field("user", context.who().user);
}

std::optional<Submitter> start_submitter(SessionContext& context) {
  if (!context.options.submit) return std::nullopt;
  auto submitter = Submitter::start(Submitter::find_sendmail());
  if (!submitter.ok()) fail(context, submitter.error());
  return std::move(submitter.value());
}

// After this no process can be started.  The helper of XTND XMIT already runs.
void confine(const SessionContext& context, const Maildir& maildir) {
#ifndef POPCHAIN_SANITIZED  // the leak checker forks
  if (!lib::forbid_processes())
    note_missing(context.log, lib::Error::from_errno("forbid new processes"));
#endif
  std::array<int, 4> directories{};
  size_t count = 0;
  for (const int fd : {maildir.root(), maildir.folder(Folder::New),
                       maildir.folder(Folder::Cur), maildir.tmp()})
    if (fd >= 0) directories[count++] = fd;
  note_missing(context.log,
               lib::confine_to(std::span(directories).first(count)));
  if (context.options.seccomp)
    note_missing(context.log, install_seccomp_filter(context.log.is_syslog()));
}

void log_odd_entries(const SessionContext& context, Maildir& maildir) {
  const auto odd = count_odd_entries(maildir);
  for (size_t kind = 0; kind < odd.size(); ++kind) {
    if (odd[kind].count == 0) continue;
    lib::LogLine(context.log, "skipped")
        .field("kind", kOddKinds[kind])
        .number("entries", odd[kind].count)
        .field("file", odd[kind].first)
        .field("user", context.who().user);
  }
}

Mailbox open_mailbox(SessionContext& context, Maildir& maildir,
                     Indexes& indexes) {
  auto found = indexes.open_mailbox(maildir);
  if (!found.ok()) fail(context, found.error());
  const Unreadable& unreadable = found.value().unreadable;
  if (unreadable.count != 0)
    log_unreadable(context.log, unreadable.count,
                   unreadable.why.about(unreadable.first.c_str()));
  if (context.log.verbosity() == lib::Verbosity::Verbose)
    log_odd_entries(context, maildir);
  return Mailbox(std::move(found.value().catalog));
}

// The capabilities that popup announced before the login.  Without popup only
// USER is sure: the client has logged in by a password.
std::string_view capabilities() {
  const std::string_view lines = environment("POPUP_CAPA", "");
  return !lines.empty() && lib::valid_capability_lines(lines) ? lines : "USER";
}

// Speaks with the client from the greeting to its last command.
Statistics serve(SessionContext& context, Maildir& maildir, Mailbox& mailbox,
                 Indexes& indexes, Submitter* submitter, Connection& client,
                 const lib::Trace& trace) {
  const Options& options = context.options;
  const SessionRules rules{
      .commit_on_error = options.commit_on_error,
      .keep_new = options.keep_new,
      .log_ids = options.log_ids,
      .login_delay = static_cast<unsigned>(options.login_delay),
      .capabilities = capabilities(),
      .submitter = submitter,
      .who = context.who()};
  Session session(client, maildir, mailbox, indexes, rules, context.log, trace);
  context.status.send();
  lib::set_out_of_memory("", lib::kDone);
  return session.run();
}

void log_end(const SessionContext& context, Mailbox& mailbox,
             const Statistics& statistics) {
  log_deleted(context.log, context.who(), mailbox, statistics);
  log_close(context.log, context.who(), statistics);
  if (context.options.statistics)
    log_classical(context.log, context.who(), statistics);
}

// Closes the connection, so that nobody waits for what follows, and logs the
// end of the session after popup has logged the login.
void leave_client(SessionContext& context, Connection& client, Mailbox& mailbox,
                  const Statistics& statistics) {
  constexpr int kLoginLineSeconds = 5;
  // Usually popup has logged the login long ago.
  const bool is_login_logged = context.status.wait_for_login_line(0);
  if (is_login_logged) log_end(context, mailbox, statistics);
  client.discard_input();
  // popup has the connection open, too: close() alone would not end it.
  (void)shutdown(STDOUT_FILENO, SHUT_WR);
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  if (is_login_logged) return;
  (void)context.status.wait_for_login_line(kLoginLineSeconds);
  log_end(context, mailbox, statistics);
}

}  // namespace

void run_session(SessionContext& context) {
  if (context.status.asks_to_refuse())
    refuse(context, "sessions",
           "-ERR [IN-USE] too many sessions of this login\r\n",
           lib::kRefusedStatus);
  const int64_t began_ms = lib::monotonic_ms();
  const Options& options = context.options;
  const auto end = options.session_seconds == 0
                       ? lib::Deadline::never()
                       : lib::Deadline::in_seconds(options.session_seconds);

  // 1. Open what needs more rights than the session will have.
  const lib::Trace trace(context.log, options.debug, open_trace(context));
  Maildir maildir = open_maildir(context);
  if (options.bulletins != nullptr) add_bulletins(context, maildir);
  UidlList uidl_list = open_uidl_list(context, maildir);
  auto submitter = start_submitter(context);

  // 2. Confine the process to the Maildir.
  confine(context, maildir);

  // 3. Serve the client.
  Indexes indexes;
  Mailbox mailbox = open_mailbox(context, maildir, indexes);
  if (options.uidl.format == UidlFormat::Base)
    mailbox.use_base_ids(maildir);
  else if (options.uidl.format != UidlFormat::Name)
    mailbox.use_list(uidl_list);
  const lib::Termination termination;
  Connection client(STDIN_FILENO, STDOUT_FILENO, options.idle_seconds, end,
                    termination.fd());
  Statistics statistics =
      serve(context, maildir, mailbox, indexes,
            submitter ? &*submitter : nullptr, client, trace);
  statistics.tenths =
      static_cast<uint64_t>(lib::monotonic_ms() - began_ms) / 100;

  // 4. After the client.  This may take long, but nobody waits for it.
  leave_client(context, client, mailbox, statistics);
  if (statistics.reason == "quit") sweep_tmp(maildir);
  const auto written = indexes.refresh(maildir, mailbox.catalog());
  if (!written.ok()) context.log.warning(written.error());

#ifndef POPCHAIN_SANITIZED
  // 5. End.  The kernel frees all memory at once.  A session with one LIST of
  // 1,000 messages: 0.20 ms of processor time with this, 0.21 ms without.
  _exit(lib::kDone);
#endif
}

}  // namespace pop3d
