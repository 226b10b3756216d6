// SPDX-License-Identifier: ISC
// Runs as root: tests an account for an administrator; has no client.
#include "checkpw/test_login.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <initializer_list>
#include <string>

#include "checkpw/ask_password.h"
#include "checkpw/login/become.h"
#include "checkpw/login/dot_password.h"
#include "checkpw/login/dovecot.h"
#include "checkpw/login/verify.h"
#include "lib/io/io.h"
#include "lib/process/child.h"

namespace checkpw {
namespace {

// A value as the log shows it: a terminal gets no control character.
std::string shown(std::string_view value) {
  lib::LogText text;
  lib::append_log_value(text, value);
  return std::string(text.view());
}

void say(std::initializer_list<std::string_view> words) {
  std::string line;
  for (const std::string_view word : words) line += word;
  line += '\n';
  (void)lib::write_all(1, line);
}

// Says "what: unable to ...", and returns false.
bool say_error(std::string_view what, const lib::Error& error) {
  const char* file = error.file != nullptr ? error.file : "";
  say({what, ": ", lib::cause_of(error).view(), *file != '\0' ? ": " : "",
       *file != '\0' ? shown(file) : std::string()});
  return false;
}

const char* option_of(Store::Kind kind) {
  switch (kind) {
    case Store::Kind::System: return "-s";
    case Store::Kind::PasswdFile: return "-f";
    case Store::Kind::SystemUsers: return "--system-users";
    case Store::Kind::Vpopmail: return "--vpopmail";
    case Store::Kind::QmailUsers: return "--qmail-users";
  }
  return "";
}

std::string describe(const Store& store) {
  std::string text = "store: ";
  text += option_of(store.kind);
  if (store.kind != Store::Kind::System) text += ' ' + shown(store.path);
  return text;
}

const char* explain(Cause cause) {
  switch (cause) {
    case Cause::Unknown: return "no store knows the login";
    case Cause::Password: return "the password is wrong";
    case Cause::Locked: return "the account is locked, or has no secret";
    case Cause::Expired: return "the account or its password has expired";
    case Cause::Root: return "the uid or gid is root's, or the uid is below -m";
    case Cause::Net: return "only clients of some networks may log in";
    case Cause::NoLogin: return "the store forbids POP logins";
  }
  return "";
}

// As the account: enters the home, and opens the directories that maildir-pop3d
// needs.  It can do without new/ or without cur/, but not without both.
bool opens_maildir(const char* login, const Account& account,
                   const lib::Log& log) {
  lib::Status status = become_account(login, account, log);
  if (status.ok()) status = enter_home(login, account, false);
  if (!status.ok()) return say_error("Maildir", status.error());
  const std::string maildir = maildir_of(account);
  int missing = 0;
  for (const char* part : {"", "/new", "/cur"}) {
    const std::string path = maildir + part;
    const lib::UniqueFd fd(
        open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.valid()) continue;
    const bool optional = *part != '\0' && errno == ENOENT;
    if (!optional || ++missing == 2)
      return say_error("Maildir", lib::Error::from_errno("open", path.c_str()));
  }
  say({"Maildir: ", shown(maildir), " can be opened"});
  return true;
}

// A child does it, because the process cannot become root again.
bool test_maildir(const char* login, const Account& account,
                  const lib::Log& log) {
  constexpr int64_t kSeconds = 20;
  signal(SIGCHLD, SIG_DFL);  // if ignored, no status is kept
  const pid_t child = fork();
  if (child < 0) return say_error("Maildir", lib::Error::from_errno("fork"));
  if (child == 0) _exit(opens_maildir(login, account, log) ? 0 : 1);
  siginfo_t ending{};
  if (lib::reap_child(child, lib::Deadline::in_seconds(kSeconds), ending))
    return ending.si_code == CLD_EXITED && ending.si_status == 0;
  kill(child, SIGKILL);
  say({"Maildir: no answer within 20 seconds"});
  return false;
}

// Asks each store alone.  False if a login would fail temporarily.
bool ask_stores(const Options& options, const char* login,
                const lib::Log& log) {
  bool fine = true;
  bool known = false;
  for (const Store& store : options.stores) {
    Lookup one;
    const lib::Status status = look_up({&store, 1}, login, log, one);
    const std::string what = describe(store);
    if (!status.ok())
      fine = say_error(what, status.error());
    else if (!one.found)
      say({what, " does not know the login"});
    else if (known)
      say({what, " also knows the login, but an earlier store decides"});
    else
      say({what, " knows the login"});
    known = known || one.found;
  }
  return fine;
}

// Says every reason for a refusal.  False if there is one.
bool report_refusals(const Account& account, bool proven, const Terms& terms) {
  bool fine = true;
  const auto refuse = [&fine](Cause cause) {
    say({"refused: ", explain(cause)});
    fine = false;
  };
  // Without a secret no password is right or wrong.
  if (!proven && account.kind != SecretKind::Locked) refuse(Cause::Password);
  for (const Cause cause : kBars) {
    if (cause == Cause::Net || !is_barred(account, terms, cause)) continue;
    refuse(cause);
  }
  if (account.limited_nets)
    say({"not known: whether the client's network is among these: ",
         shown(account.allow_nets)});
  return fine;
}

bool passes(const Options& options, const char* login,
            const lib::Credentials& credentials, const lib::Log& log) {
  if (!ask_stores(options, login, log)) return false;
  Lookup lookup;
  lib::Status status = look_up(options.stores, login, log, lookup);
  if (status.ok() && options.dovecot && lookup.found)
    status = require_ids(lookup.account);
  if (status.ok() && options.dot_password)
    status = read_dot_password(login, credentials, log, lookup);
  if (status.ok() && lookup.found) status = resolve_ids(lookup.account);
  if (!status.ok()) return say_error("failure", status.error());
  if (!lookup.found) {
    say({"refused: ", explain(Cause::Unknown)});
    return false;
  }
  const Account& account = lookup.account;
  say({"uid: ", std::to_string(*account.uid),
       "  gid: ", std::to_string(*account.gid)});
  say({"home: ", shown(account.home)});
  Cache no_cache({}, log);
  const auto proven = prove(credentials, lookup, no_cache);
  if (!proven.ok()) say_error("password", proven.error());
  const Terms terms{.least_uid = options.least_uid};
  const bool let_in = report_refusals(
      account, !proven.ok() || proven.value() != Proof::None, terms);
  if (is_barred(account, terms, Cause::Root)) return false;
  return test_maildir(login, account, log) && proven.ok() && let_in;
}

}  // namespace

lib::ExitCode test_login(const Options& options, const lib::Log& log) {
  lib::Secret password;
  const lib::Status asked = ask_password(password, Ask::Once);
  LoginName name;
  rewrite_login(options.names, options.test, name);
  const char* const login = name.c_str();
  say({"login: ", shown(name.view())});
  if (geteuid() != 0)
    say({"not root: only what this user may see and do is tested"});
  bool passed = false;
  if (asked.ok()) {
    (void)password.c_str();  // verify.h wants a NUL
    passed = passes(options, login,
                    {.login = login,
                     .secret = password.view(),
                     .timestamp = {},
                     .mechanism = lib::Mechanism::Pass},
                    log);
  } else {
    say_error("password", asked.error());
  }
  say({passed ? "result: a client gets its mail" : "result: a login fails"});
  return passed ? lib::kDone : lib::kRejected;
}

}  // namespace checkpw
