// SPDX-License-Identifier: ISC
// Runs as root: receives credentials, runs the checker, answers for it.
#include "popup/broker/broker.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>

#include "lib/io/client.h"
#include "lib/io/io.h"
#include "lib/process/exit_code.h"
#include "lib/process/program.h"
#include "lib/process/signals.h"
#include "lib/text/address.h"
#include "popup/broker/challenge.h"
#include "popup/broker/checker.h"
#include "popup/broker/checker_environment.h"
#include "popup/broker/dialogue_process.h"
#include "popup/broker/host_check.h"
#include "popup/broker/transport.h"
#include "popup/connection/descriptors.h"
#include "popup/dialogue/limits.h"
#include "popup/dialogue/line.h"
#include "popup/dialogue/record.h"

namespace popup {
namespace {

using lib::Mechanism;
using Level = lib::Log::Level;
using Event = DialogueProcess::Event;

constexpr std::string_view kRefusedReply =
    "-ERR [AUTH] wrong name or password\r\n";
constexpr std::string_view kTemporaryReply =
    "-ERR [SYS/TEMP] cannot log you in now, try again later\r\n";
constexpr std::string_view kMalformedReply =
    "-ERR [AUTH] bad authentication data\r\n";
constexpr std::string_view kLateReply = "-ERR login takes too long\r\n";
constexpr int kDrainSeconds = 1;
// A server that enforces --session itself ends first.
constexpr int64_t kSessionGraceSeconds = 5;

class Broker {
 public:
  Broker(const Policy& policy, const lib::Log& log, const lib::Trace& trace,
         const Challenge& challenge, int listener)
      : policy_(policy),
        log_(log),
        trace_(trace),
        challenge_(challenge),
        transport_(policy, log, listener) {}

  int serve();

 private:
  // The steps of a try, in order.
  Outcome run_try();
  lib::Result<DialogueProcess> start_dialogue();
  void learn_client();
  Event follow_dialogue(DialogueProcess& dialogue, RecordReader& reader,
                        Record& record);
  Outcome close_connection(std::string_view payload);
  Outcome start_tls(std::string_view payload);
  Outcome authenticate(RecordReader& reader, std::string_view payload);
  Outcome run_checker(lib::Secret& record, const Submission& submission);
  Outcome run_session(Checker& checker, const Submission& submission);
  Outcome session_cut_short(const Ending& ending, std::string_view user);

  Outcome give_up(Mechanism mechanism = Mechanism::Unnamed);
  Outcome dialogue_failed(std::string_view error, int signal = 0);
  Outcome protocol_violated() { return dialogue_failed("false record"); }

  [[nodiscard]] bool delay_refusal() const;
  void send_reply(std::string_view text) const;
  void drain_input() const;
  [[nodiscard]] int end_with(std::string_view text, int code) const;

  void log_connect() const;
  void log_tls_failure(std::string_view error) const;
  void log_checker_failure(const Ending& ending) const;
  void log_result(std::string_view result,
                  Mechanism mechanism = Mechanism::Unnamed,
                  std::string_view user = {},
                  std::string_view cause = {}) const;

  const Policy& policy_;
  const lib::Log& log_;
  const lib::Trace& trace_;
  const Challenge& challenge_;
  lib::Deadline deadline_ = lib::Deadline::in_seconds(policy_.login_seconds);
  lib::Client client_;
  Transport transport_;
  bool greeted_ = false;
  unsigned try_ = 1;
  Tally tally_;
  unsigned traced_lines_ = 0;
};

// A connection: the PROXY header, then tries until one ends the connection.
// Returns popup's exit code, which is 0 if the client is refused or too slow.
int Broker::serve() {
  if (policy_.proxies.expected && !transport_.take_proxy_header(deadline_))
    return lib::kDone;
  for (;;) {
    const Outcome outcome = run_try();
    switch (outcome) {
      case Outcome::TlsStarted: continue;
      case Outcome::Done: return lib::kDone;
      case Outcome::Crashed: return lib::kTemporary;
      case Outcome::Late: return end_with(kLateReply, lib::kDone);
      case Outcome::Temporary:
        return end_with(kTemporaryReply, lib::kTemporary);
      case Outcome::RefusedForGood: return end_with(kRefusedReply, lib::kDone);
      case Outcome::Refused:
      case Outcome::Malformed: break;
    }
    const auto refusal =
        outcome == Outcome::Malformed ? kMalformedReply : kRefusedReply;
    if (!delay_refusal()) return lib::kDone;
    if (try_ >= policy_.tries || deadline_.passed())
      return end_with(refusal, lib::kDone);
    send_reply(refusal);
    ++try_;
  }
}

// A try: runs one dialogue, and does what its last record asks for.  The broker
// itself sends any further reply to the client.
Outcome Broker::run_try() {
  auto dialogue = start_dialogue();
  if (!dialogue.ok()) {
    log_.warning(dialogue.error());
    return give_up();
  }
  RecordReader reader;
  Record record;
  const Event event = follow_dialogue(dialogue.value(), reader, record);
  const int signal = dialogue.value().stop();
  switch (event) {
    case Event::Timeout: log_result("timeout"); return Outcome::Late;
    case Event::Invalid: return protocol_violated();
    case Event::Ended:
      // It was killed for a forbidden system call, or the client left.
      if (signal != 0) return dialogue_failed({}, signal);
      log_result("gone");
      return Outcome::Done;
    case Event::Record: break;
  }
  switch (record.kind) {
    case RecordKind::Quit:
      drain_input();
      log_result("gone");
      return Outcome::Done;
    case RecordKind::Close: return close_connection(record.payload);
    case RecordKind::StartTls: return start_tls(record.payload);
    case RecordKind::Failure: return dialogue_failed(record.payload);
    case RecordKind::Credentials: return authenticate(reader, record.payload);
    default: return protocol_violated();
  }
}

lib::Result<DialogueProcess> Broker::start_dialogue() {
  lib::FixedText<400> greeting;
  if (!greeted_) {
    greeting << "+OK " << policy_.hostname << " POP3 ready";
    if (policy_.offer.apop) greeting << ' ' << challenge_.view();
    greeting << "\r\n";
  }
  auto dialogue = DialogueProcess::start({.jail = policy_.jail,
                                          .offer = transport_.offer(),
                                          .greeting = greeting.view(),
                                          .timestamp = challenge_.view(),
                                          .tally = tally_,
                                          .traced = trace_.wanted()});
  if (!greeted_) learn_client();
  greeted_ = true;
  return dialogue;
}

// Called after the first fork, so that the fork has less memory to copy, and
// this runs in parallel with the dialogue.
void Broker::learn_client() {
  client_ = lib::find_client();
  prepare_environment(log_, policy_.hostname, policy_.offer, client_);
  if (client_.port.empty()) client_.port << '-';
  if (log_.verbosity() == lib::Verbosity::Verbose) log_connect();
  const auto address = lib::parse_address(client_.ip.view());
  if (policy_.check_host && address)
    start_host_check(log_, policy_.jail, *address, getenv("TCPREMOTEHOST"));
}

// Traces client lines as they come, until the event that ends the dialogue.  A
// dialogue within its limits reports no more lines than this; one that an
// intruder controls could fill the disk.
Event Broker::follow_dialogue(DialogueProcess& dialogue, RecordReader& reader,
                              Record& record) {
  for (;;) {
    const Event event = dialogue.wait(reader, deadline_, record);
    if (event != Event::Record || record.kind != RecordKind::Trace)
      return event;
    if (!trace_.wanted() || ++traced_lines_ > kMostLines + 1 ||
        record.payload.size() > kLongestCommand)
      return Event::Invalid;
    trace_.client_line(record.payload);
  }
}

// The client exceeded a limit, or began with TLS.  The dialogue has answered.
Outcome Broker::close_connection(std::string_view payload) {
  const auto reason = decode_close(payload);
  if (!reason) return protocol_violated();
  std::string_view limit;
  switch (*reason) {
    case CloseReason::BadCommands: limit = "bad-commands"; break;
    case CloseReason::Lines: limit = "commands"; break;
    case CloseReason::Octets: limit = "octets"; break;
    case CloseReason::TlsHello: log_tls_failure("TLS ClientHello"); break;
  }
  log_result(limit.empty() ? "gone" : "limit", Mechanism::Unnamed, {}, limit);
  drain_input();
  return Outcome::Done;
}

// Only the amount of what the client sent before TLS is kept.  Some TLS servers
// send SIGTERM when the handshake fails: hold it until the failure is logged.
Outcome Broker::start_tls(std::string_view payload) {
  const auto tally = decode_start_tls(payload);
  if (!tally || !transport_.offer().stls) return protocol_violated();
  tally_ = *tally;
  const lib::HeldSignal termination(SIGTERM);
  FailureText failure;
  if (transport_.start_tls(deadline_, failure)) return Outcome::TlsStarted;
  log_tls_failure(failure.view());
  log_result("temporary");
  return deadline_.passed() ? Outcome::Late : Outcome::Temporary;
}

// The timestamp is the broker's own, so that the dialogue cannot choose it.  A
// password is sent without one if the greeting had none.  The session may last
// for hours: before it begins, the secret is wiped from this process.
Outcome Broker::authenticate(RecordReader& reader, std::string_view payload) {
  auto submission = decode_submission(payload);
  if (!submission || !transport_.offer().has(submission->mechanism))
    return protocol_violated();
  tally_ = submission->tally;
  if (submission->is_malformed()) {
    log_result("denied", submission->mechanism, {}, "malformed");
    return Outcome::Malformed;
  }
  const bool stamped =
      policy_.offer.apop || submission->mechanism == Mechanism::CramMd5;
  lib::Secret record;
  if (!lib::encode_credentials(
          {.login = submission->login,
           .secret = submission->secret,
           .timestamp = stamped ? challenge_.view() : std::string_view(),
           .mechanism = submission->mechanism},
          record))
    return protocol_violated();
  lib::FixedText<lib::kCredentialsSize> login;
  login << submission->login;
  reader.wipe();
  submission->login = login.view();
  submission->secret = {};
  return run_checker(record, *submission);
}

Outcome Broker::run_checker(lib::Secret& record, const Submission& submission) {
  transport_.decline_tls();
  // The Checker reads both signals.
  const lib::HeldSignal child_ends(SIGCHLD);
  const lib::HeldSignal termination(SIGTERM);
  auto checker = Checker::start(policy_.checker, record);
  record.wipe();
  if (checker.ok()) return run_session(checker.value(), submission);
  log_.warning(checker.error());
  return give_up(submission.mechanism);
}

// Waits until the checker has refused the login, or until the session that it
// has started is over.
Outcome Broker::run_session(Checker& checker, const Submission& submission) {
  using Progress = Checker::Progress;
  const Mechanism mechanism = submission.mechanism;
  const Progress progress = checker.wait_until_serving(deadline_);
  const bool serving = progress == Progress::Serving;
  // Log the login now if the server has announced itself, otherwise at the end
  // of the session.
  if (serving) log_result("ok", mechanism, submission.login);
  if (serving) checker.close_status();
  const bool killed = progress == Progress::Late &&
                      checker.kill_unless_changed(policy_.checker);
  const auto limit = policy_.session_seconds == 0
                         ? lib::Deadline::never()
                         : lib::Deadline::in_seconds(policy_.session_seconds +
                                                     kSessionGraceSeconds);
  Ending ending;
  if (progress == Progress::Terminated)
    ending = checker.end(EndCause::Terminated);
  else
    ending = killed ? checker.reap() : checker.watch(STDOUT_FILENO, limit);
  if (killed && !ending.served) {
    log_result("timeout", mechanism);
    return Outcome::Temporary;
  }
  const Outcome outcome = outcome_of(ending, getuid());
  const bool served = outcome == Outcome::Done;
  if (served && !serving) log_result("ok", mechanism, submission.login);
  // A server dies of SIGPIPE only because its client has left.
  const bool crashed = served && ending.by_signal && ending.code != SIGPIPE;
  if (ending.cause != EndCause::None || crashed)
    return session_cut_short(ending, served ? submission.login : "");
  if (served) return outcome;
  if (outcome == Outcome::Temporary) log_checker_failure(ending);
  log_result(outcome == Outcome::Temporary ? "temporary" : "denied", mechanism);
  return outcome;
}

// Logs a session that popup has ended, or that died without a log line of its
// own.
[[gnu::noinline]] Outcome Broker::session_cut_short(const Ending& ending,
                                                    std::string_view user) {
  constexpr std::array<std::string_view, 4> kReasons{"", "gone", "limit",
                                                     "terminated"};
  lib::LogLine line(log_, "server", Level::Warning);
  if (ending.cause != EndCause::None)
    line.field("reason", kReasons[static_cast<size_t>(ending.cause)]);
  if (ending.alive)
    line.field("error", "it does not end");
  else
    line.number(ending.by_signal ? "signal" : "exit",
                static_cast<uint64_t>(ending.code));
  if (!user.empty()) line.field("user", user);
  line.field("ip", client_.ip.view());
  const bool failed = ending.cause == EndCause::None || ending.alive;
  return failed ? Outcome::Crashed : Outcome::Done;
}

// --- Our failures ------------------------------------------------------------

Outcome Broker::give_up(Mechanism mechanism) {
  log_result("temporary", mechanism);
  return Outcome::Temporary;
}

// If signal is not 0, the dialogue died of it; otherwise error says what was
// wrong.
[[gnu::noinline]] Outcome Broker::dialogue_failed(std::string_view error,
                                                  int signal) {
  if (signal != 0)
    lib::LogLine(log_, "dialogue", Level::Error)
        .number("signal", static_cast<uint64_t>(signal));
  else
    lib::LogLine(log_, "dialogue", Level::Error).field("error", error);
  return give_up();
}

// --- Replies -----------------------------------------------------------------

// Waits twice as long after each refusal.  False if the client left meanwhile,
// which only the writing end shows reliably: a client that has closed its
// sending side may still wait for replies.
bool Broker::delay_refusal() const {
  const unsigned doublings = std::min(try_ - 1, 20U);
  const auto until =
      lib::Deadline::in_seconds(int64_t{policy_.delay_seconds} << doublings)
          .earlier(deadline_);
  pollfd client{.fd = 1, .events = 0, .revents = 0};
  while (!until.passed()) {
    if (poll(&client, 1, until.poll_timeout()) > 0) return false;
  }
  return true;
}

// A client that reads nothing delays us no longer than the deadline.
void Broker::send_reply(std::string_view text) const {
  if (lib::wait_writable(1, deadline_)) (void)lib::write_all(1, text);
}

// After the final reply.  Closing with unread input makes the kernel send a
// reset, which may destroy the reply.
void Broker::drain_input() const {
  const auto end = lib::Deadline::in_seconds(kDrainSeconds);
  discard_input(0, end.earlier(deadline_));
}

int Broker::end_with(std::string_view text, int code) const {
  send_reply(text);
  drain_input();
  return code;
}

// --- The log -----------------------------------------------------------------

[[gnu::noinline]] void Broker::log_connect() const {
  lib::LogLine(log_, "connect")
      .field("ip", client_.ip.view())
      .field("port", client_.port.view());
}

[[gnu::noinline]] void Broker::log_tls_failure(std::string_view error) const {
  lib::LogLine(log_, "tls", Level::Warning)
      .field("error", error)
      .field("ip", client_.ip.view())
      .field("port", client_.port.view());
}

[[gnu::noinline]] void Broker::log_checker_failure(const Ending& ending) const {
  lib::LogLine(log_, "checker", Level::Warning)
      .number(ending.by_signal ? "signal" : "exit",
              static_cast<uint64_t>(ending.code));
}

[[gnu::noinline]] void Broker::log_result(std::string_view result,
                                          Mechanism mechanism,
                                          std::string_view user,
                                          std::string_view cause) const {
  lib::LogLine line(log_, "login");
  line.field("result", result);
  if (!user.empty()) line.field("user", user);
  line.field("mech", lib::mechanism_name(mechanism))
      .field("ip", client_.ip.view())
      .field("port", client_.port.view())
      .field("tls", transport_.tls_name())
      .number("try", try_);
  if (!cause.empty()) line.field("cause", cause);
}

}  // namespace

int serve_connection(const Policy& policy, const lib::Log& log,
                     const lib::Trace& trace, int listener) {
  Challenge challenge;
  if (policy.offer.apop || policy.offer.cram_md5) {
    auto made = make_challenge(policy.htag);
    if (!made.ok()) lib::die(lib::kTemporary, log.program(), made.error());
    challenge = made.value();
  }
  return Broker(policy, log, trace, challenge, listener).serve();
}

}  // namespace popup
