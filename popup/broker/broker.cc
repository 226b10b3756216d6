// SPDX-License-Identifier: ISC
// Runs as root: receives credentials, runs the checker, answers for it.
#include "popup/broker/broker.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

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
using Greeting = lib::FixedText<400>;

constexpr std::string_view kWrong = "-ERR [AUTH] wrong name or password\r\n";
constexpr std::string_view kTemporary =
    "-ERR [SYS/TEMP] cannot log you in now, try again later\r\n";
constexpr std::string_view kMalformed =
    "-ERR [AUTH] bad authentication data\r\n";
constexpr int kLingerSeconds = 1;
constexpr std::string_view kTooLate = "-ERR login takes too long\r\n";
// A server that keeps --session as well ends by itself first.
constexpr int64_t kSessionGraceSeconds = 5;

// How a try ended.
enum class Outcome {
  Encrypted,  // TLS has begun: the dialogue starts anew
  Done,       // nothing to say any more
  Refused,    // -ERR [AUTH]; another try may follow
  Malformed,  // the same of what no checker was asked about
  Forbidden,  // -ERR [AUTH], the end
  Temporary,  // -ERR [SYS/TEMP], the end
  Late,       // past the deadline
  Crashed,    // the session died; nothing to say any more
};

std::string_view limit_name(Reason reason) {
  switch (reason) {
    case Reason::BadCommands: return "bad-commands";
    case Reason::Lines: return "commands";
    default: return "octets";
  }
}

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
  Outcome try_once();
  Outcome listen_to(Room& room);
  Outcome start_tls(std::string_view payload);
  Outcome client_left();
  bool may_be_traced(std::string_view line);
  Outcome limit_reached(std::string_view payload);
  Outcome dialogue_ended(Room& room);
  Outcome dialogue_killed(int signal);
  Outcome dialogue_failed(const Record& record);
  Outcome dialogue_lied();
  Outcome give_up(Mechanism mechanism);
  Outcome authenticate(RecordReader& reader, std::string_view payload);
  Outcome check(lib::Secret& record, const Submission& submission);
  Outcome follow(Checker& checker, const Submission& submission);
  Outcome session_ended(Cause cause, const Ending& ending,
                        std::string_view user);
  Outcome conclude(Verdict verdict, const Ending& ending, Mechanism mechanism);
  Outcome checker_failed(const Ending& ending, Mechanism mechanism);

  void learn_client();
  void log_connect() const;
  void log_tls_failure(std::string_view error) const;
  [[nodiscard]] DialogueSettings settings() const;
  [[nodiscard]] Greeting greeting() const;
  void log_result(std::string_view result, Mechanism mechanism,
                  std::string_view user = {},
                  std::string_view cause = {}) const;
  [[nodiscard]] bool delay_refusal() const;
  void say(std::string_view reply) const;
  [[nodiscard]] int end_with(std::string_view reply, int code) const;
  [[nodiscard]] lib::Deadline session_end() const;
  void linger() const;

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
  unsigned traced_ = 0;  // lines
};

// A client that is refused, or too slow, is no failure of ours.
int Broker::serve() {
  if (policy_.proxies.expected && !transport_.hear_proxy(deadline_))
    return lib::kDone;
  for (;;) {
    const Outcome outcome = try_once();
    switch (outcome) {
      case Outcome::Encrypted: continue;
      case Outcome::Done: return lib::kDone;
      case Outcome::Late: return end_with(kTooLate, lib::kDone);
      case Outcome::Temporary: return end_with(kTemporary, lib::kTemporary);
      case Outcome::Forbidden: return end_with(kWrong, lib::kDone);
      case Outcome::Crashed: return lib::kTemporary;
      case Outcome::Refused:
      case Outcome::Malformed: break;
    }
    const auto reply = outcome == Outcome::Malformed ? kMalformed : kWrong;
    if (!delay_refusal()) return lib::kDone;
    if (try_ >= policy_.tries || deadline_.passed())
      return end_with(reply, lib::kDone);
    say(reply);
    ++try_;
  }
}

Outcome Broker::try_once() {
  const auto greeting = this->greeting();
  DialogueSettings settings = this->settings();
  settings.greeting = greeting.view();
  auto room = Room::open(settings);
  if (!greeted_) learn_client();
  greeted_ = true;
  if (room.ok()) return listen_to(room.value());
  log_.warning(room.error());
  log_result("temporary", Mechanism::Unnamed);
  return Outcome::Temporary;
}

// Handles client lines as they come, and the one event that ends the
// dialogue.  Whatever has to be said to the client is said without it.
Outcome Broker::listen_to(Room& room) {
  RecordReader reader;
  Record record;
  for (;;) {
    switch (room.wait(reader, deadline_, record)) {
      case Room::Event::Ended: return dialogue_ended(room);
      case Room::Event::Broken: return dialogue_lied();
      case Room::Event::Timeout:
        room.close();
        log_result("timeout", Mechanism::Unnamed);
        return Outcome::Late;
      case Room::Event::Record: break;
    }
    switch (record.kind) {
      case RecordKind::Quit: linger(); return client_left();
      case RecordKind::Close: return limit_reached(record.payload);
      case RecordKind::StartTls: room.close(); return start_tls(record.payload);
      case RecordKind::Failure: return dialogue_failed(record);
      case RecordKind::Credentials:
        room.close();
        return authenticate(reader, record.payload);
      case RecordKind::Trace:
        if (!trace_.wanted() || !may_be_traced(record.payload))
          return dialogue_lied();
        trace_.client_line(record.payload);
        break;
      default: return dialogue_lied();
    }
  }
}

Outcome Broker::client_left() {
  log_result("gone", Mechanism::Unnamed);
  return Outcome::Done;
}

// A dialogue within its limits tells no more; one that an intruder runs could
// fill the disk.
bool Broker::may_be_traced(std::string_view line) {
  return ++traced_ <= kMostLines + 1 && line.size() <= kLongestCommand;
}

// The dialogue has said so to the client.
Outcome Broker::limit_reached(std::string_view payload) {
  const auto reason = decode_close(payload);
  if (!reason) return dialogue_lied();
  if (reason == Reason::TlsHello) {
    log_tls_failure("TLS ClientHello");
    log_result("gone", Mechanism::Unnamed);
  } else {
    log_result("limit", Mechanism::Unnamed, {}, limit_name(*reason));
  }
  linger();
  return Outcome::Done;
}

// Nothing that was said before TLS is remembered but how much it was.  Some TLS
// servers end us when there is no handshake: not before there is a line in the
// log.
Outcome Broker::start_tls(std::string_view payload) {
  const auto tally = decode_start_tls(payload);
  if (!tally || !transport_.offer().stls) return dialogue_lied();
  tally_ = *tally;
  const lib::HeldSignal termination(SIGTERM);
  Complaint complaint;
  if (transport_.start_tls(deadline_, complaint)) return Outcome::Encrypted;
  log_tls_failure(complaint.view());
  log_result("temporary", Mechanism::Unnamed);
  return deadline_.passed() ? Outcome::Late : Outcome::Temporary;
}

// The client left, unless the dialogue was killed for a forbidden call.
Outcome Broker::dialogue_ended(Room& room) {
  const int signal = room.close();
  return signal != 0 ? dialogue_killed(signal) : client_left();
}

[[gnu::noinline]] Outcome Broker::dialogue_killed(int signal) {
  lib::LogLine(log_, "dialogue", Level::Error)
      .number("signal", static_cast<uint64_t>(signal));
  return give_up(Mechanism::Unnamed);
}

[[gnu::noinline]] Outcome Broker::dialogue_failed(const Record& record) {
  lib::LogLine(log_, "dialogue", Level::Error).field("error", record.payload);
  return give_up(Mechanism::Unnamed);
}

// Only a dialogue that an intruder runs sends such things.
[[gnu::noinline]] Outcome Broker::dialogue_lied() {
  lib::LogLine(log_, "dialogue", Level::Error).field("error", "false record");
  return give_up(Mechanism::Unnamed);
}

Outcome Broker::give_up(Mechanism mechanism) {
  log_result("temporary", mechanism);
  return Outcome::Temporary;
}

// The timestamp is the broker's own: the dialogue cannot choose it.  Where
// the greeting had none, a password goes without.
// The session that follows may last for hours: nothing of the secret stays
// in this process meanwhile.
Outcome Broker::authenticate(RecordReader& reader, std::string_view payload) {
  auto submission = decode_submission(payload);
  if (!submission || !transport_.offer().has(submission->mechanism))
    return dialogue_lied();
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
    return dialogue_lied();
  lib::FixedText<lib::kCredentialsSize> login;
  login << submission->login;
  reader.wipe();
  submission->login = login.view();
  submission->secret = {};
  return check(record, *submission);
}

Outcome Broker::check(lib::Secret& record, const Submission& submission) {
  transport_.decline_tls();
  // Both are for the Checker to read.
  const lib::HeldSignal child_ends(SIGCHLD);
  const lib::HeldSignal termination(SIGTERM);
  auto checker = Checker::start(policy_.checker, record);
  record.wipe();
  if (!checker.ok()) {
    log_.warning(checker.error());
    return give_up(submission.mechanism);
  }
  return follow(checker.value(), submission);
}

Outcome Broker::follow(Checker& checker, const Submission& submission) {
  using Progress = Checker::Progress;
  const Progress progress = checker.wait_until_serving(deadline_);
  const bool serving = progress == Progress::Serving;
  // At the login, not at the end of the session, where it can be told.
  if (serving) log_result("ok", submission.mechanism, submission.login);
  if (serving) checker.close_status();
  const bool killed = progress == Progress::Late &&
                      checker.kill_unless_changed(policy_.checker);
  Cause cause = Cause::None;
  if (progress == Progress::Terminated)
    cause = Cause::Terminated;
  else if (!killed)
    cause = checker.watch(STDOUT_FILENO, session_end());
  const Ending ending = cause == Cause::None ? checker.reap() : checker.end();
  if (killed && !ending.served) {
    log_result("timeout", submission.mechanism);
    return Outcome::Temporary;
  }
  const Verdict verdict = judge(ending, getuid());
  const bool served = verdict == Verdict::Served;
  if (served && !serving)
    log_result("ok", submission.mechanism, submission.login);
  // A server that dies of SIGPIPE only tells that its client has left.
  const bool crashed = served && ending.by_signal && ending.code != SIGPIPE;
  if (cause != Cause::None || crashed)
    return session_ended(cause, ending, served ? submission.login : "");
  return conclude(verdict, ending, submission.mechanism);
}

lib::Deadline Broker::session_end() const {
  if (policy_.session_seconds == 0) return lib::Deadline::never();
  return lib::Deadline::in_seconds(policy_.session_seconds +
                                   kSessionGraceSeconds);
}

// A session that was ended, or died without a line of its own in the log.
[[gnu::noinline]] Outcome Broker::session_ended(Cause cause,
                                                const Ending& ending,
                                                std::string_view user) {
  constexpr std::array<std::string_view, 4> kReasons{"", "gone", "limit",
                                                     "terminated"};
  lib::LogLine line(log_, "server", Level::Warning);
  if (cause != Cause::None)
    line.field("reason", kReasons[static_cast<size_t>(cause)]);
  if (ending.alive)
    line.field("error", "it does not end");
  else
    line.number(ending.by_signal ? "signal" : "exit",
                static_cast<uint64_t>(ending.code));
  if (!user.empty()) line.field("user", user);
  line.field("ip", client_.ip.view());
  const bool failed = cause == Cause::None || ending.alive;
  return failed ? Outcome::Crashed : Outcome::Done;
}

Outcome Broker::conclude(Verdict verdict, const Ending& ending,
                         Mechanism mechanism) {
  switch (verdict) {
    case Verdict::Served: return Outcome::Done;
    case Verdict::Refused:
      log_result("denied", mechanism);
      return Outcome::Refused;
    case Verdict::RefusedForGood:
      log_result("denied", mechanism);
      return Outcome::Forbidden;
    case Verdict::Failed: break;
  }
  return checker_failed(ending, mechanism);
}

[[gnu::noinline]] Outcome Broker::checker_failed(const Ending& ending,
                                                 Mechanism mechanism) {
  lib::LogLine(log_, "checker", Level::Warning)
      .number(ending.by_signal ? "signal" : "exit",
              static_cast<uint64_t>(ending.code));
  return give_up(mechanism);
}

// While the dialogue starts: its memory is no longer copied.
void Broker::learn_client() {
  client_ = lib::find_client();
  prepare_environment(log_, policy_.hostname, policy_.offer, client_);
  if (client_.port.empty()) client_.port << '-';
  if (log_.verbosity() == lib::Verbosity::Verbose) log_connect();
  const auto address = lib::parse_address(client_.ip.view());
  if (policy_.check_host && address)
    start_host_check(log_, policy_.jail, *address, getenv("TCPREMOTEHOST"));
}

DialogueSettings Broker::settings() const {
  return {.jail = policy_.jail,
          .offer = transport_.offer(),
          .timestamp = challenge_.view(),
          .tally = tally_,
          .traced = trace_.wanted()};
}

Greeting Broker::greeting() const {
  Greeting line;
  if (greeted_) return line;
  line << "+OK " << policy_.hostname << " POP3 ready";
  if (policy_.offer.apop) line << ' ' << challenge_.view();
  return line << "\r\n";
}

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

// Twice as long each time; false where the client left meanwhile.  Only the
// writing end tells that reliably: what the client sent before it closed its
// own may still have to be answered.
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

// A client that reads nothing holds nobody up past the deadline.
void Broker::say(std::string_view reply) const {
  if (lib::wait_writable(1, deadline_)) (void)lib::write_all(1, reply);
}

int Broker::end_with(std::string_view reply, int code) const {
  say(reply);
  linger();
  return code;
}

// Behind the last word.  A client that has sent more than was read would get
// a reset, which can overtake it.
void Broker::linger() const {
  const auto end = lib::Deadline::in_seconds(kLingerSeconds);
  discard_input(0, end.earlier(deadline_));
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
