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
#include "maildir-pop3d/maildir/maildir.h"
#include "maildir-pop3d/maildir/odd_entries.h"
#include "maildir-pop3d/maildir/scan.h"
#include "maildir-pop3d/protocol/connection.h"
#include "maildir-pop3d/protocol/session.h"
#include "maildir-pop3d/seccomp_filter.h"

namespace pop3d {
namespace {

// A session that may not begin now.  That is no failure of ours.
[[noreturn]] void refuse(SessionContext& context, std::string_view cause,
                         std::string_view reply) {
  context.status.send();
  {
    lib::LogLine line(context.log, "busy");
    line.field("cause", cause);
    log_who(context, line);
  }
  give_up(context.status, reply);
}

Maildir open_maildir(SessionContext& context) {
  auto maildir = Maildir::open(context.options.maildir);
  if (!maildir.ok()) fail(context, maildir.error(), kCannotOpen);
  if (context.options.lock) {
    const lib::Status locked = maildir.value().lock();
    if (!locked.ok() && locked.error().code == EWOULDBLOCK)
      refuse(context, "lock",
             "-ERR [IN-USE] another session has the mailbox\r\n");
    if (!locked.ok()) fail(context, locked.error(), kCannotOpen);
  }
  return std::move(maildir.value());
}

void check_login_delay(SessionContext& context, const Maildir& maildir) {
  const int64_t seconds = context.options.login_delay;
  if (seconds == 0) return;
  const auto begins = may_begin(maildir.root(), seconds);
  if (!begins.ok())
    return context.log.warning(begins.error().about("maildir-pop3d.login"));
  if (begins.value()) return;
  lib::FixedText<100> reply;
  reply << "-ERR [LOGIN-DELAY] one session in ";
  reply.number(static_cast<uint64_t>(seconds)) << " seconds, please wait\r\n";
  refuse(context, "delay", reply.view());
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
  if (!file.ok())
    fail(context, file.error().about(context.options.trace), kCannotOpen);
  return std::move(file.value());
}

// The home directory is where the checkpassword program left us.
[[gnu::noinline]] void add_bulletins(const SessionContext& context,
                                     const Maildir& maildir) {
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
  if (!submitter.ok()) fail(context, submitter.error(), kCannotOpen);
  return std::move(submitter.value());
}

// The helper of XTND XMIT has been forked by now.
void enter_sandbox(const SessionContext& context, const Maildir& maildir) {
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
    note_missing(context.log,
                 forbid_other_system_calls(context.log.is_syslog()));
}

[[gnu::noinline]] void log_odd_entries(const SessionContext& context,
                                       Maildir& maildir) {
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
  if (!found.ok()) fail(context, found.error(), kCannotOpen);
  const Unreadable& unreadable = found.value().unreadable;
  if (unreadable.count != 0)
    log_unreadable(context.log, context.who(), unreadable.count,
                   unreadable.why.about(unreadable.first.c_str()));
  if (context.log.verbosity() == lib::Verbosity::Verbose)
    log_odd_entries(context, maildir);
  return Mailbox(std::move(found.value().catalog));
}

// What popup announced before login; without popup a password was needed
// at least.
std::string_view capabilities() {
  const std::string_view lines = environment("POPUP_CAPA", "");
  return !lines.empty() && lib::valid_capability_lines(lines) ? lines : "USER";
}

constexpr int kLoginLineSeconds = 5;

void report(const SessionContext& context, const Statistics& statistics) {
  log_close(context.log, context.who(), statistics);
  if (context.options.statistics)
    log_classical(context.log, context.who(), statistics);
}

}  // namespace

void serve(SessionContext& context) {
  const int64_t began_ms = lib::monotonic_ms();
  const Options& options = context.options;
  const auto end = options.session_seconds == 0
                       ? lib::Deadline::never()
                       : lib::Deadline::in_seconds(options.session_seconds);
  const lib::Trace trace(context.log, options.debug, open_trace(context));
  Maildir maildir = open_maildir(context);
  check_login_delay(context, maildir);
  if (options.bulletins != nullptr) add_bulletins(context, maildir);
  UidlList uidl_list = open_uidl_list(context, maildir);
  auto submitter = start_submitter(context);
  enter_sandbox(context, maildir);
  Indexes indexes;
  Mailbox mailbox = open_mailbox(context, maildir, indexes);
  if (options.uidl.format != UidlFormat::Name) mailbox.use_list(uidl_list);

  const lib::Termination termination;
  Connection client(STDIN_FILENO, STDOUT_FILENO, options.idle_seconds, end,
                    termination.fd());
  const SessionRules rules{
      .commit_on_error = options.commit_on_error,
      .keep_new = options.keep_new,
      .login_delay = static_cast<unsigned>(options.login_delay),
      .capabilities = capabilities(),
      .submitter = submitter ? &*submitter : nullptr,
      .who = context.who()};
  Session session(client, maildir, mailbox, indexes, rules, context.log, trace);
  context.status.send();
  lib::set_out_of_memory("", lib::kDone);
  Statistics statistics = session.run();
  statistics.tenths =
      static_cast<uint64_t>(lib::monotonic_ms() - began_ms) / 100;
  // As a rule popup has logged the login long ago.
  const bool is_login_logged = context.status.wait_for_login_line(0);
  if (is_login_logged) report(context, statistics);
  // What follows needs neither the client nor others to wait.  popup holds
  // the connection as well: closing it here would not end it.
  client.discard_input();
  (void)shutdown(STDOUT_FILENO, SHUT_WR);
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  if (!is_login_logged) {
    (void)context.status.wait_for_login_line(kLoginLineSeconds);
    report(context, statistics);
  }
  if (statistics.reason == "quit") sweep_tmp(maildir);
  indexes.refresh(maildir, mailbox.catalog());
#ifndef POPCHAIN_SANITIZED
  // All memory goes at once, which is cheaper than piece by piece.
  _exit(lib::kDone);
#endif
}

}  // namespace pop3d
