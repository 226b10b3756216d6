// SPDX-License-Identifier: ISC
// Runs as root: forks the dialogues, starts the checkers, ends sessions.
#include "popup/loop/loop.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <span>

#include "lib/io/client.h"
#include "lib/io/deadline.h"
#include "lib/io/io.h"
#include "lib/process/checkpassword.h"
#include "lib/process/environment.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"
#include "lib/process/signals.h"
#include "popup/broker/challenge.h"
#include "popup/broker/checker_environment.h"
#include "popup/broker/host_check.h"
#include "popup/broker/start_dialogue.h"
#include "popup/broker/started_program.h"
#include "popup/connection/descriptors.h"
#include "popup/connection/ucspi_variables.h"

namespace popup {
namespace {

using Order = Connection::Order;

// Lets a server that enforces --session itself end first.
constexpr int64_t kSessionGraceMs = 5000;
// How long a TLS helper may take to pass on what the server said last, and to
// wait for the client's end.
constexpr int64_t kTlsHelperMs = 60'000;
constexpr size_t kMostDiscarded = 65536;
constexpr size_t kEvents = 16;

// A copy of the descriptor on which the process writes to its client.  Invalid
// if the process has closed it or has ended (errno is EBADF or ESRCH), or if
// this kernel or our rights do not allow a copy.
lib::UniqueFd output_of(pid_t process) {
  const lib::UniqueFd pidfd(
      static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
  if (!pidfd.valid()) return {};
  return lib::UniqueFd(
      static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), 1, 0)));
}

// True if the client has closed its side and everything that it sent was read.
bool has_left(int client) {
  pollfd state{.fd = client, .events = 0, .revents = 0};
  if (poll(&state, 1, 0) > 0) return true;
  int unread = 0;
  return ioctl(client, FIONREAD, &unread) == 0 && unread == 0;
}

int64_t session_limit(const Policy& policy, int64_t now_ms) {
  if (policy.session_seconds == 0) return INT64_MAX;
  return now_ms + int64_t{policy.session_seconds} * 1000 + kSessionGraceMs;
}

// From now on the signals that the loop waits for arrive on this descriptor
// only, so none is lost between two calls.
lib::UniqueFd watch_signals(std::span<const int> numbers, const lib::Log& log) {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int number : numbers) sigaddset(&watched, number);
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  lib::UniqueFd fd(signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid())
    lib::die(lib::kTemporary, log.program(),
             lib::Error::from_errno("watch signals"));
  return fd;
}

lib::UniqueFd make_epoll(const lib::Log& log) {
  lib::UniqueFd fd(epoll_create1(EPOLL_CLOEXEC));
  if (!fd.valid())
    lib::die(lib::kTemporary, log.program(),
             lib::Error::from_errno("wait for events"));
  return fd;
}

// Ends this process by SIGTERM, for the super-server to see.
[[noreturn]] void die_of_termination() {
  lib::unblock_signals();
  signal(SIGTERM, SIG_DFL);
  (void)raise(SIGTERM);
  _exit(lib::kTemporary);
}

}  // namespace

Loop::Loop(const Policy& policy, const ListenerOptions* options, lib::Log& log,
           const lib::Trace& trace, const lib::ProcessTitle& title)
    : policy_(policy),
      options_(options),
      log_(log),
      trace_(trace),
      title_(title),
      epoll_(make_epoll(log)),
      now_ms_(lib::monotonic_ms()),
      logins_(connections()),
      sessions_(connections()),
      ended_(policy.tls_helper.available() ? connections() : 0) {
  children_.reserve(3 * connections() + 1);
  constexpr std::array kOne{SIGCHLD, SIGTERM};
  constexpr std::array kAll{SIGCHLD, SIGTERM, SIGINT, SIGUSR1};
  signals_ =
      options == nullptr ? watch_signals(kOne, log) : watch_signals(kAll, log);
  if (!watch(signals_.get(), EPOLLIN, Watched::Signals, 0))
    lib::die(lib::kTemporary, log.program(),
             lib::Error::from_errno("wait for signals"));
  if (options != nullptr) prepare_connection_environment();
  // With -D there is no STLS, but UCSPITLS=! still forbids logins before TLS.
  tls_.take_from_environment(log);
  prepare_chain_environment(log, policy.hostname, policy.offer);
}

int Loop::serve_connection() {
  Challenge challenge;
  if (policy_.offer.apop || policy_.offer.cram_md5) {
    auto made = make_challenge(policy_.htag);
    if (!made.ok()) lib::die(lib::kTemporary, log_.program(), made.error());
    challenge = made.value();
  }
  const uint32_t at = logins_.add(policy_, log_, trace_, tls_, challenge);
  Login& login = logins_[at];
  login.sid << log_.session();
  login.started_ms = now_ms_;
  // Otherwise the dialogue need not wait for that (identify_client).
  if (policy_.proxies.expected || policy_.title)
    login.connection.set_client(lib::find_client());
  show_title(login.connection.client());
  login.connection.begin(now_ms_);
  advance(at);
  while (running() != 0) turn(INT64_MAX);
  return exit_code_;
}

// --- What happens ------------------------------------------------------------

// Waits for something to happen, but not after until_ms, and handles it.  Old
// connections come before new ones.
void Loop::turn(int64_t until_ms) {
  if (options_ != nullptr) log_.retry();
  const int64_t next_ms = std::min(
      {until_ms, logins_.earliest_ms(), sessions_.earliest_ms(),
       ended_.earliest_ms(), next_look_at_places_ms_, log_.retry_ms(),
       paused_until_ms_, metrics_file_ ? metrics_file_->due_ms() : INT64_MAX});
  constexpr int64_t kLongest = 1'000'000'000;
  const int timeout = next_ms == INT64_MAX
                          ? -1
                          : static_cast<int>(std::clamp(next_ms - now_ms_,
                                                        int64_t{0}, kLongest));
  std::array<epoll_event, kEvents> events;
  const int count = epoll_wait(epoll_.get(), events.data(), kEvents, timeout);
  now_ms_ = lib::monotonic_ms();
  bool signals = false;
  std::array<size_t, kEvents> ready;
  size_t ready_count = 0;
  for (const epoll_event& event :
       std::span(events).first(static_cast<size_t>(std::max(count, 0)))) {
    const auto tag = std::bit_cast<Tag>(event.data.u64);
    if (tag.what == Watched::Signals) signals = true;
    if (tag.what == Watched::Listening) ready[ready_count++] = tag.at;
    if (tag.what == Watched::Signals || tag.what == Watched::Listening ||
        !logins_.holds(tag.at, tag.generation))
      continue;
    log_for(logins_[tag.at].sid);
    if (tag.what == Watched::Records) read_records(tag.at);
    if (tag.what == Watched::Status) read_status(tag.at);
    if (tag.what == Watched::Client) client_ready(tag.at);
    advance(tag.at);
  }
  if (signals) handle_signals();
  end_pause();
  logins_.handle_due(now_ms_, [this](uint32_t at) { login_due(at); });
  sessions_.handle_due(now_ms_, [this](uint32_t at) { session_due(at); });
  ended_.handle_due(now_ms_, [this](uint32_t at) { end_ended(at); });
  fill_places();
  if (ending_signal_ != nullptr && options_ == nullptr) end_all();
  for (const size_t socket : std::span(ready).first(ready_count))
    accept_from(socket);
  if (metrics_file_ && metrics_file_->due_ms() <= now_ms_) write_metrics();
  if (options_ != nullptr) show_count();
}

void Loop::handle_signals() {
  std::array<signalfd_siginfo, 4> signals;
  const ssize_t got = read(signals_.get(), signals.data(), sizeof signals);
  const size_t count =
      got < 0 ? 0 : static_cast<size_t>(got) / sizeof signals[0];
  for (const signalfd_siginfo& signal : std::span(signals).first(count)) {
    if (signal.ssi_signo == SIGCHLD) reap(static_cast<pid_t>(signal.ssi_pid));
    if (signal.ssi_signo == SIGTERM) ending_signal_ = "TERM";
    if (signal.ssi_signo == SIGINT) ending_signal_ = "INT";
    if (signal.ssi_signo == SIGUSR1) log_metrics_line();
  }
}

// Ends all checkers and sessions, whose ends are logged.  A login without a
// checker makes this process die of SIGTERM; with -D end_logins() comes first.
void Loop::end_all() {
  sessions_.for_each([this](uint32_t at) {
    sessions_[at].server.end(EndCause::Terminated, now_ms_);
    sessions_.set_deadline(at, sessions_[at].server.deadline_ms());
  });
  ended_.for_each([this](uint32_t at) { end_ended(at); });
  logins_.for_each([this](uint32_t at) {
    Login& login = logins_[at];
    if (login.connection.starts_tls() && login.tls_helper < 0) return;
    if (login.checker.process() < 0) {
      end_tls_helper(login.tls_helper);
      die_of_termination();
    }
    login.checker.end(EndCause::Terminated, now_ms_);
    set_login_deadline(at);
  });
}

// Reaps every child that has ended: signals are merged, and process 1 of a
// container gets other processes' children.  first is the child that a signal
// named: to find it among 10,000 takes the kernel 0.5 ms.
void Loop::reap(pid_t first) {
  constexpr int kLook = WEXITED | WNOHANG | WNOWAIT;
  siginfo_t info{};
  const auto found = [&info](idtype_t which, pid_t process) {
    info.si_pid = 0;
    return waitid(which, static_cast<id_t>(process), &info, kLook) == 0 &&
           info.si_pid != 0;
  };
  for (bool is_first = true;; is_first = false) {
    if (!(is_first && found(P_PID, first)) && !found(P_ALL, 0)) return;
    const auto child = find_child(info.si_pid);
    const bool is_known = child != children_.end();
    // Until the helper is reaped no other process group can have its id.
    if (is_known && info.si_pid == connection_of(*child).tls_helper)
      kill(-info.si_pid, SIGKILL);
    (void)waitid(P_PID, static_cast<id_t>(info.si_pid), &info, WEXITED);
    if (is_known) {
      child_ended(*child, info);
    } else if (metrics_file_) {
      log_.set_session({});
      metrics_file_->child_ended(info);
    }
  }
}

void Loop::child_ended(Child child, const siginfo_t& info) {
  if (child.owner == Owner::Login) {
    log_for(logins_[child.at].sid);
    if (child.process == logins_[child.at].checker.process())
      return checker_ended(child.at, &info);
  }
  remove_child(child.process);
  Common& connection = connection_of(child);
  if (child.process == connection.tls_helper) {
    connection.tls_helper = -1;
    const bool failed =
        info.si_code != CLD_EXITED || info.si_status != lib::kDone;
    if (child.owner == Owner::Login && failed)
      logins_[child.at].connection.tls_helper_failed();
    if (child.owner == Owner::Ended) forget_ended(child.at);
  } else if (child.owner == Owner::Session) {
    session_ended(child.at, &info);
  } else {
    dialogue_ended(child.at, info);
    advance(child.at);
  }
}

// Everything that the dialogue wrote before its end counts.
void Loop::dialogue_ended(uint32_t at, const siginfo_t& info) {
  Login& login = logins_[at];
  login.dialogue = -1;
  login.dialogue_signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
  if (!login.records.valid())
    return login.connection.dialogue_ended(login.dialogue_signal, now_ms_);
  while (login.connection.is_in_dialogue()) read_records(at);
}

// If the server announced itself just before, this is the end of the session
// that has begun.  info is null if the process is given up.
void Loop::checker_ended(uint32_t at, const siginfo_t* info) {
  Login& login = logins_[at];
  const pid_t process = login.checker.process();
  read_status(at);
  advance(at);
  const auto child = find_child(process);
  const Child ended = *child;
  children_.erase(child);
  if (ended.owner == Owner::Session) return session_ended(ended.at, info);
  const Ending ending = login.checker.ending(info);
  login.checker = {};
  forget(login.status.get());
  login.status.reset();
  release_place(at);
  const Outcome outcome = login.connection.checker_ended(ending, now_ms_);
  // A process that had become the user when it refused is probably a server.
  if (login.counted && outcome == Outcome::Refused)
    penalties_->failed(*login.counted, now_ms_);
  if (login.counted && outcome == Outcome::Done)
    penalties_->succeeded(*login.counted);
  login.was_served =
      login.connection.is_over() && ending.cause == EndCause::None;
  advance(at);
}

void Loop::session_ended(uint32_t at, const siginfo_t* info) {
  Session& session = sessions_[at];
  const Ending ending = session.server.ending(info);
  log_for(session.sid);
  int code = lib::kDone;
  const auto ip = session.client ? lib::format_address(*session.client)
                                 : lib::FixedText<46>();
  if (ending.cause != EndCause::None || ending.crashed())
    code = log_cut_short(log_, ending, session.user.view(),
                         session.client ? ip.view() : "-");
  const Ended ended{session, code, true};
  sessions_.remove(at);
  if (ending.cause != EndCause::None) end_tls_helper(ended.tls_helper);
  await_tls_helper(ended);
}

// Reads once: the pipe is blocking, and epoll promises no more than one read.
void Loop::read_records(uint32_t at) {
  Login& login = logins_[at];
  if (!login.records.valid()) return;
  const ssize_t got =
      lib::read_some(login.records.get(), login.connection.records());
  login.connection.records_came(got > 0 ? static_cast<size_t>(got) : 0,
                                now_ms_);
}

// End of file on the status pipe says nothing: a daemon that the checker
// started may hold the pipe open, and a program may close it and run on.
void Loop::read_status(uint32_t at) {
  Login& login = logins_[at];
  if (!login.status.valid()) return;
  char byte = 0;
  const ssize_t got = lib::read_some(login.status.get(), {&byte, 1});
  if (got == 1)
    return login.connection.served(login.is_to_be_refused &&
                                   byte == lib::kRefusedStatus);
  if (got == 0) forget(login.status.get());
}

void Loop::client_ready(uint32_t at) {
  Login& login = logins_[at];
  if (login.unsent != 0)
    send_reply(login);
  else if (login.to_discard != 0)
    discard(login);
  else if (login.connection.awaits_hello() && !has_left(login.input))
    login.connection.client_spoke();
  else if (!login.connection.awaits_greeting() || has_left(login.input))
    login.connection.client_left();
  else {
    // It has ended only its sending side: what it sent may still be answered.
    unwatch_client(login);
    watch(login.output, 0, Watched::Client, at);
  }
}

void Loop::login_due(uint32_t at) {
  Login& login = logins_[at];
  log_for(login.sid);
  if (login.connection.deadline_ms() <= now_ms_) {
    login.unsent = login.to_discard = 0;
    if (!login.records.valid()) disown_dialogue(login);
    login.connection.deadline_passed(now_ms_);
    return advance(at);
  }
  if (login.checker.deadline_passed(login.output, now_ms_))
    return checker_ended(at, nullptr);
  set_login_deadline(at);
}

void Loop::session_due(uint32_t at) {
  Session& session = sessions_[at];
  lib::UniqueFd copy;
  int client = options_ == nullptr ? 1 : session.socket.get();
  if (client < 0 && session.server.looks(now_ms_)) {
    copy = output_of(session.server.process());
    client = copy.get();
    // Lack of descriptors, say, tells nothing about the client.
    if (client < 0 && errno != EBADF && errno != ESRCH)
      session.server.look_later(now_ms_);
  }
  if (session.server.deadline_passed(client, now_ms_)) {
    remove_child(session.server.process());
    return session_ended(at, nullptr);
  }
  sessions_.set_deadline(at, session.server.deadline_ms());
}

// --- What is to be done ------------------------------------------------------

// From now on log lines carry this session id.
void Loop::log_for(const SessionId& sid) {
  if (options_ != nullptr) log_.set_session(sid.view());
}

// What ps shows of a popup without -D.
void Loop::show_title(const lib::Client& client, std::string_view user) {
  if (policy_.title && options_ == nullptr)
    title_.show("popup", {user, client.ip.view()});
}

// What ps shows of popup -D.
void Loop::show_count() {
  if (!policy_.title || running() == shown_) return;
  shown_ = running();
  lib::FixedText<20> count;
  lib::FixedText<20> limit;
  title_.show("popup",
              {count.number(running()).view(), "of",
               limit.number(options_->sessions).view(), "connections"});
}

// Carries out what the connection wants until it waits, or is gone.
void Loop::advance(uint32_t at) {
  for (;;) {
    Login& login = logins_[at];
    if (const auto end = login.connection.take_result()) metrics_.count(*end);
    if (const auto start = login.connection.take_tls_start())
      metrics_.count(*start);
    const Order order = login.connection.next_order();
    if (order == Order::Wait) return set_login_deadline(at);
    unwatch_client(login);
    switch (order) {
      case Order::StartDialogue: start(at); break;
      case Order::KillDialogue: kill_dialogue(login); break;
      case Order::StartTls: start_tls(at); break;
      case Order::AdmitClient: admit(at); break;
      case Order::StartChecker: seek_place(at); break;
      case Order::KillChecker: kill_checker(login); break;
      case Order::SendReply:
        login.unsent = login.connection.reply().size();
        send_reply(login);
        if (login.unsent != 0)
          watch(login.output, EPOLLOUT, Watched::Client, at);
        break;
      case Order::WatchClient:
        watch(login.output,
              login.connection.awaits_greeting() ? unsigned{EPOLLRDHUP}
              : login.connection.awaits_hello()  ? unsigned{EPOLLIN}
                                                 : 0U,
              Watched::Client, at);
        break;
      case Order::DiscardInput:
        login.to_discard = kMostDiscarded;
        discard(login);
        if (login.to_discard != 0)
          watch(login.input, EPOLLIN, Watched::Client, at);
        break;
      case Order::HandOver: return hand_over(at);
      case Order::Close: return close(at);
      case Order::Wait: break;
    }
  }
}

void Loop::set_login_deadline(uint32_t at) {
  Login& login = logins_[at];
  logins_.set_deadline(at, std::min(login.connection.deadline_ms(),
                                    login.checker.deadline_ms()));
}

void Loop::start(uint32_t at) {
  Login& login = logins_[at];
  const bool greets = login.connection.greets();
  disown_dialogue(login);
  DialogueStart dialogue = login.connection.dialogue();
  if (login.tls_status.valid()) dialogue.tls_control = login.tls_status.get();
  if (policy_.title) {
    dialogue.title = &title_;
    dialogue.client << login.connection.client().ip.view();
  }
  auto started = start_dialogue(dialogue, login.input, login.output);
  login.tls_status.reset();
  if (greets) identify_client(login);
  if (!started.ok())
    return login.connection.dialogue_failed(started.error(), now_ms_);
  login.dialogue = started.value().process;
  login.dialogue_signal = 0;
  login.records = std::move(started.value().records);
  add_child(login.dialogue, Owner::Login, at);
  watch(login.records.get(), EPOLLIN, Watched::Records, at);
}

// From now on only the helper has the client's socket: its end is the end of
// the connection.
void Loop::start_tls(uint32_t at) {
  Login& login = logins_[at];
  auto started =
      start_tls_helper(policy_.tls_helper, login.input, login.output, files_);
  if (!started.ok())
    return login.connection.tls_failed(started.error(), now_ms_);
  login.tls_helper = started.value().process;
  login.tls_status = std::move(started.value().status);
  add_child(login.tls_helper, Owner::Login, at);
  if (options_ == nullptr) {
    for (const int fd : {0, 1}) (void)dup2(started.value().clear.get(), fd);
  } else {
    login.local = local_endpoint(login.input);
    login.socket = std::move(started.value().clear);
    login.input = login.output = login.socket.get();
  }
  login.connection.tls_started(now_ms_);
}

// Finds out who the client is, logs it, and checks its name (-W).  Called after
// the fork, so that this runs in parallel with the dialogue, which greets.  If
// the fork failed it is called, too, because the log names the client.
void Loop::identify_client(Login& login) {
  if (!policy_.proxies.expected && options_ == nullptr)
    login.connection.set_client(lib::find_client());
  const lib::Client& client = login.connection.client();
  if (is_verbose())
    lib::LogLine(log_, "connect")
        .field("ip", client.ip.view())
        .field("port", client.port.view());
  if (!policy_.check_host) return;
  if (const auto address = lib::parse_address(client.ip.view()))
    start_host_check(
        log_, policy_.jail, *address,
        login.connection.is_proxied() ? nullptr : getenv("TCPREMOTEHOST"));
}

void Loop::kill_dialogue(Login& login) {
  forget(login.records.get());
  login.records.reset();
  if (login.dialogue < 0)
    return login.connection.dialogue_ended(login.dialogue_signal, now_ms_);
  kill(login.dialogue, SIGKILL);
}

// Forgets a dialogue that has been killed but not reaped.  Its end concerns no
// login any more: this one may be over by then.
void Loop::disown_dialogue(Login& login) {
  remove_child(std::exchange(login.dialogue, -1));
}

// Sets the checker's variables.
void Loop::describe(const Login& login) {
  const Connection& connection = login.connection;
  lib::set_variable("POPUP_SID", login.sid.view());
  if (connection.is_proxied())
    describe_proxied_connection(connection.proxied().source,
                                connection.proxied().destination);
  else if (options_ != nullptr)
    describe_connection(
        login.peer, login.local ? login.local : local_endpoint(login.input));
  else
    add_client_variables(connection.client());
  if (!connection.proxied().tls_version.empty())
    lib::set_variable("SSL_PROTOCOL", connection.proxied().tls_version.view());
  if (login.is_to_be_refused) lib::set_variable("POPUP_IN_USE", "1");
}

void Loop::start_checker(uint32_t at) {
  Login& login = logins_[at];
  const Connection& connection = login.connection;
  std::optional<lib::TemporaryVariables> variables;
  if (options_ != nullptr) variables.emplace();
  if (options_ != nullptr || !environment_is_ready_) describe(login);
  environment_is_ready_ = true;
  auto started = popup::start_checker(policy_.checker, connection.credentials(),
                                      login.input, login.output, files_);
  if (!started.ok()) {
    release_place(at);
    return login.connection.checker_failed(started.error());
  }
  login.checker = ServerProcess(started.value().process);
  login.status = std::move(started.value().status);
  add_child(login.checker.process(), Owner::Login, at);
  watch(login.status.get(), EPOLLIN, Watched::Status, at);
  login.connection.checker_started();
}

// Kills the process only if it certainly is still the checker.  Otherwise it
// may be a server that sends no status byte.
void Loop::kill_checker(Login& login) {
  if (still_runs(login.checker.process(), policy_.checker, getuid())) {
    login.checker.kill_now(now_ms_);
    login.connection.checker_killed();
  } else {
    login.checker.begin_session(now_ms_, session_limit(policy_, now_ms_));
    login.connection.checker_left_alone();
  }
}

void Loop::send_reply(Login& login) {
  const std::string_view reply = login.connection.reply();
  pollfd client{.fd = login.output, .events = POLLOUT, .revents = 0};
  while (login.unsent != 0 && poll(&client, 1, 0) > 0) {
    const std::string_view rest = reply.substr(reply.size() - login.unsent);
    // A socket takes what it has room for; a pipe that is writable has room.
    ssize_t sent = send(login.output, rest.data(), rest.size(),
                        MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == ENOTSOCK)
      sent = write(login.output, rest.data(), rest.size());
    if (sent < 0 && errno == EAGAIN) return;
    login.unsent = sent < 0 ? 0 : login.unsent - static_cast<size_t>(sent);
  }
  if (login.unsent == 0) login.connection.reply_sent(now_ms_);
}

void Loop::discard(Login& login) {
  login.to_discard = discard_input(login.input, login.to_discard);
  if (login.to_discard == 0) login.connection.input_discarded();
}

// The server has announced itself.  Closing the status pipe tells it that the
// login has been logged; it may be waiting for that.
void Loop::hand_over(uint32_t at) {
  Login& login = logins_[at];
  forget(login.status.get());
  login.status.reset();
  // Without a place it was counted when it gave that up.
  if (release_place(at)) count_session(login.user_hash);
  if (login.counted) penalties_->succeeded(*login.counted);
  login.client = lib::parse_address(login.connection.client().ip.view());
  const uint32_t slot = sessions_.add(login);
  Session& session = sessions_[slot];
  session.server = login.checker;
  session.server.begin_session(now_ms_, session_limit(policy_, now_ms_));
  session.user_hash = login.user_hash;
  session.user << login.connection.login().substr(0, session.user.free_space());
  show_title(login.connection.client(), session.user.view());
  if (options_ != nullptr && !can_copy_sockets_) {
    can_copy_sockets_ = output_of(session.server.process()).valid();
    if (!can_copy_sockets_) session.socket = std::move(login.socket);
  }
  for (const pid_t process : {session.server.process(), session.tls_helper})
    give_child(process, Owner::Session, slot);
  sessions_.set_deadline(slot, session.server.deadline_ms());
  disown_dialogue(login);
  logins_.remove(at);
}

void Loop::close(uint32_t at) {
  Login& login = logins_[at];
  login.client = lib::parse_address(login.connection.client().ip.view());
  const int code = login.connection.exit_code();
  const Ended ended{login, code,
                    login.connection.is_noteworthy() || code != lib::kDone};
  if (!login.was_served) end_tls_helper(ended.tls_helper);
  disown_dialogue(login);
  logins_.remove(at);
  await_tls_helper(ended);
}

// False, with errno, if epoll cannot watch fd: if it is a file, for instance.
bool Loop::watch(int fd, uint32_t events, Watched what, uint32_t at) {
  const bool of_login = what != Watched::Signals && what != Watched::Listening;
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::bit_cast<uint64_t>(
      Tag{.generation = of_login ? logins_.generation(at) : 0,
          .at = at & 0x1fff'ffffU,
          .what = what});
  const bool watched = epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
  if (watched && what == Watched::Client) logins_[at].watched = fd;
  return watched;
}

// To be called before fd is closed: as long as a child has a copy of it, epoll
// would still report it.
void Loop::forget(int fd) {
  if (fd >= 0) (void)epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Loop::unwatch_client(Login& login) {
  forget(std::exchange(login.watched, -1));
}

// The connection is over once its TLS helper, if there is one, has ended.
void Loop::await_tls_helper(const Ended& ended) {
  if (find_child(ended.tls_helper) == children_.end())
    return connection_over(ended);
  // Our own descriptors are the last copy of the clear side.
  if (options_ == nullptr) (void)shutdown(1, SHUT_WR);
  const uint32_t slot = ended_.add(ended);
  give_child(ended.tls_helper, Owner::Ended, slot);
  ended_.set_deadline(slot, now_ms_ + kTlsHelperMs);
}

// With all processes that it has started.
void Loop::end_tls_helper(pid_t process) {
  if (process < 0) return;
  kill(-process, SIGKILL);
  kill(process, SIGKILL);  // it may have left its process group
  remove_child(process);
}

Loop::Common& Loop::connection_of(const Child& child) {
  switch (child.owner) {
    case Owner::Login: return logins_[child.at];
    case Owner::Session: return sessions_[child.at];
    case Owner::Ended: break;
  }
  return ended_[child.at];
}

void Loop::end_ended(uint32_t at) {
  end_tls_helper(ended_[at].tls_helper);
  forget_ended(at);
}

void Loop::forget_ended(uint32_t at) {
  const Ended ended = ended_[at];
  ended_.remove(at);
  connection_over(ended);
}

void Loop::add_child(pid_t process, Owner owner, uint32_t at) {
  children_.insert(
      std::ranges::lower_bound(children_, process, {}, &Child::process),
      Child{process, owner, at});
}

void Loop::give_child(pid_t process, Owner owner, uint32_t at) {
  const auto child = find_child(process);
  if (child != children_.end()) *child = {process, owner, at};
}

void Loop::remove_child(pid_t process) {
  const auto child = find_child(process);
  if (child != children_.end()) children_.erase(child);
}

std::vector<Loop::Child, UnsharedMemory<Loop::Child>>::iterator
Loop::find_child(pid_t process) {
  const auto child =
      std::ranges::lower_bound(children_, process, {}, &Child::process);
  return child != children_.end() && child->process == process
             ? child
             : children_.end();
}

}  // namespace popup
