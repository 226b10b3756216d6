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
[[noreturn]] void refuse(Setting& setting, std::string_view cause,
                         std::string_view reply) {
  setting.status.send();
  {
    lib::LogLine line(setting.log, "busy");
    line.field("cause", cause);
    log_who(setting, line);
  }
  give_up(setting.status, reply);
}

Maildir open_maildir(Setting& setting) {
  auto maildir = Maildir::open(setting.options.maildir);
  if (!maildir.ok()) fail(setting, maildir.error(), kCannotOpen);
  if (setting.options.lock) {
    const lib::Status locked = maildir.value().lock();
    if (!locked.ok() && locked.error().code == EWOULDBLOCK)
      refuse(setting, "lock",
             "-ERR [IN-USE] another session has the mailbox\r\n");
    if (!locked.ok()) fail(setting, locked.error(), kCannotOpen);
  }
  return std::move(maildir.value());
}

void check_login_delay(Setting& setting, const Maildir& maildir) {
  const int64_t seconds = setting.options.login_delay;
  if (seconds == 0) return;
  const auto begins = may_begin(maildir.root(), seconds);
  if (!begins.ok())
    return setting.log.warning(begins.error().about("maildir-pop3d.login"));
  if (begins.value()) return;
  lib::FixedText<100> reply;
  reply << "-ERR [LOGIN-DELAY] one session in ";
  reply.number(static_cast<uint64_t>(seconds)) << " seconds, please wait\r\n";
  refuse(setting, "delay", reply.view());
}

UidlList open_uidl_list(Setting& setting, const Maildir& maildir) {
  UidlList list = UidlList::open(maildir.root(), setting.options.uidl);
  if (list.failed()) {
    log_failed_list(setting.log, list, setting.who());
    give_up(setting.status, kCannotOpen);
  }
  return list;
}

lib::UniqueFd open_trace(Setting& setting) {
  if (setting.options.trace == nullptr) return {};
  auto file = lib::open_trace_file(setting.options.trace);
  if (!file.ok())
    fail(setting, file.error().about(setting.options.trace), kCannotOpen);
  return std::move(file.value());
}

// The home directory is where the checkpassword program left us.
[[gnu::noinline]] void add_bulletins(const Setting& setting,
                                     const Maildir& maildir) {
  std::array<char, 256> own_name{};
  gethostname(own_name.data(), own_name.size() - 1);
  const lib::UniqueFd home(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto delivered = deliver_bulletins(
      home.get(), maildir.root(), setting.options.bulletins,
      setting.user.view(), environment("POPUP_HOST", own_name.data()),
      setting.log);
  if (!delivered.ok())
    setting.log.warning(delivered.error().about(setting.options.bulletins));
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

// The helper of XTND XMIT has been forked by now.
void enter_sandbox(const Setting& setting, const Maildir& maildir) {
#ifndef POPCHAIN_SANITIZED  // the leak checker forks
  if (!lib::forbid_processes())
    note_missing(setting.log, lib::Error::from_errno("forbid new processes"));
#endif
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

[[gnu::noinline]] void log_odd_entries(const Setting& setting,
                                       Maildir& maildir) {
  const auto odd = count_odd_entries(maildir);
  for (size_t kind = 0; kind < odd.size(); ++kind) {
    if (odd[kind].count == 0) continue;
    lib::LogLine(setting.log, "skipped")
        .field("kind", kOddKinds[kind])
        .number("entries", odd[kind].count)
        .field("file", odd[kind].first)
        .field("user", setting.who().user);
  }
}

Mailbox open_mailbox(Setting& setting, Maildir& maildir, Indexes& indexes) {
  auto found = indexes.open_mailbox(maildir);
  if (!found.ok()) fail(setting, found.error(), kCannotOpen);
  const Unreadable& unreadable = found.value().unreadable;
  if (unreadable.count != 0)
    log_unreadable(setting.log, setting.who(), unreadable.count,
                   unreadable.why.about(unreadable.first.c_str()));
  if (setting.log.verbosity() == lib::Verbosity::Verbose)
    log_odd_entries(setting, maildir);
  return Mailbox(std::move(found.value().catalog));
}

// What popup announced before login; without popup a password was needed
// at least.
std::string_view capabilities() {
  const std::string_view lines = environment("POPUP_CAPA", "");
  return !lines.empty() && lib::valid_capability_lines(lines) ? lines : "USER";
}

constexpr int kLoginLineSeconds = 5;

void report(const Setting& setting, const Statistics& statistics) {
  log_close(setting.log, setting.who(), statistics);
  if (setting.options.statistics)
    log_classical(setting.log, setting.who(), statistics);
}

}  // namespace

void serve(Setting& setting) {
  const int64_t began_ms = lib::monotonic_ms();
  const Options& options = setting.options;
  const auto end = options.session_seconds == 0
                       ? lib::Deadline::never()
                       : lib::Deadline::in_seconds(options.session_seconds);
  const lib::Trace trace(setting.log, options.debug, open_trace(setting));
  Maildir maildir = open_maildir(setting);
  check_login_delay(setting, maildir);
  if (options.bulletins != nullptr) add_bulletins(setting, maildir);
  UidlList uidl_list = open_uidl_list(setting, maildir);
  auto submitter = start_submitter(setting);
  enter_sandbox(setting, maildir);
  Indexes indexes;
  Mailbox mailbox = open_mailbox(setting, maildir, indexes);
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
      .who = setting.who()};
  Session session(client, maildir, mailbox, indexes, rules, setting.log, trace);
  setting.status.send();
  lib::set_out_of_memory("", lib::kDone);
  Statistics statistics = session.run();
  statistics.tenths =
      static_cast<uint64_t>(lib::monotonic_ms() - began_ms) / 100;
  // As a rule popup has logged the login long ago.
  const bool is_login_logged = setting.status.wait_for_login_line(0);
  if (is_login_logged) report(setting, statistics);
  // What follows needs neither the client nor others to wait.  popup holds
  // the connection as well: closing it here would not end it.
  client.discard_input();
  (void)shutdown(STDOUT_FILENO, SHUT_WR);
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  if (!is_login_logged) {
    (void)setting.status.wait_for_login_line(kLoginLineSeconds);
    report(setting, statistics);
  }
  if (statistics.reason == "quit") sweep_tmp(maildir);
  indexes.refresh(maildir, mailbox.catalog());
#ifndef POPCHAIN_SANITIZED
  // All memory goes at once, which is cheaper than piece by piece.
  _exit(lib::kDone);
#endif
}

}  // namespace pop3d
