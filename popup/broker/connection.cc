// SPDX-License-Identifier: ISC
// Runs as root: acts on the dialogue's records and on the checker's end.
#include "popup/broker/connection.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "lib/process/exit_code.h"
#include "lib/text/address.h"
#include "popup/broker/checker_environment.h"
#include "popup/connection/descriptors.h"
#include "popup/dialogue/limits.h"
#include "popup/dialogue/line.h"
#include "popup/dialogue/tls_variables.h"

namespace popup {
namespace {

using lib::Mechanism;
using Level = lib::Log::Level;

constexpr std::string_view kRefusedReply =
    "-ERR [AUTH] wrong name or password\r\n";
constexpr std::string_view kTemporaryReply =
    "-ERR [SYS/TEMP] cannot log you in now, try again later\r\n";
constexpr std::string_view kMalformedReply =
    "-ERR [AUTH] bad authentication data\r\n";
constexpr std::string_view kLateReply = "-ERR login takes too long\r\n";
constexpr std::string_view kFalseRecord = "false record";
constexpr std::string_view kFalseAnswer = "false record of the dialogue";

// A process that hangs in the kernel does not die of SIGKILL: then we go on
// without it.
constexpr int64_t kKillMs = 3000;
// A TLS server that does not answer may be waiting for the client.
constexpr int64_t kTlsMs = 30'000;
// For the octets after the first one of a PROXY header that is refused.
constexpr int64_t kQuoteMs = 1000;
constexpr int64_t kDrainMs = 1000;

}  // namespace

Connection::Connection(const Policy& policy, const lib::Log& log,
                       const lib::Trace& trace, UcspiTls& tls,
                       const Challenge& challenge)
    : policy_(policy),
      log_(log),
      trace_(trace),
      tls_(tls),
      challenge_(challenge),
      offer_(policy.offer) {
  set_encrypted(policy.encrypted || is_encrypted_already());
  // A proxy may still say that its client speaks TLS.
  if (offer_.locked && !offer_.stls && !policy.proxies.expected)
    lib::LogLine(log_, "tls", Level::Warning)
        .field("error", "required, but there is no way to start it");
}

void Connection::set_client(const lib::Client& client) {
  client_ = client;
  if (client_.port.empty()) client_.port << '-';
}

void Connection::set_encrypted(bool encrypted) {
  encrypted_ = encrypted;
  if (encrypted) tls_.decline();
  offer_.stls =
      !encrypted && (tls_.available() ||
                     (policy_.tls_helper.available() && !tls_.switched_off()));
  offer_.locked = !encrypted && (policy_.require_tls || tls_.required());
}

void Connection::begin(int64_t now_ms, bool tls_at_once) {
  tls_at_once_ = tls_at_once;
  login_deadline_ms_ = now_ms + int64_t{policy_.login_seconds} * 1000;
  if (!policy_.proxies.expected) return await_penalty(now_ms);
  const auto peer = lib::parse_address(client_.ip.view());
  if (peer && policy_.proxies.trusts(*peer)) return start(Task::Header);
  log_failure("this peer may not send a PROXY header");
  close(lib::kDone);
}

// Begins what the connection is for, after the penalty.
void Connection::await_penalty(int64_t now_ms) {
  if (penalty_ms_ == 0) return start_talk(now_ms);
  enter(State::Penalty, Order::WatchClient, now_ms + penalty_ms_);
}

// Begins the dialogue that greets, or the wait for TLS before it: a client that
// says nothing gets no process.
void Connection::start_talk(int64_t now_ms) {
  if (!tls_at_once_) return start(Task::Login);
  enter(State::Hello, Order::WatchClient, now_ms + kTlsMs);
}

void Connection::client_spoke() {
  enter(State::TlsStarts, Order::StartTls);
}

void Connection::enter(State state, Order order, int64_t deadline_ms) {
  state_ = state;
  order_ = order;
  deadline_ms_ = std::min(login_deadline_ms_, deadline_ms);
}

// --- The dialogue ------------------------------------------------------------

void Connection::start(Task task, int64_t deadline_ms) {
  task_ = task;
  enter(State::Dialogue, Order::StartDialogue, deadline_ms);
  // Drop anything that an earlier dialogue sent after its last record.
  reader_.wipe();
  fetched_.clear();
  wrong_ = {};
}

DialogueStart Connection::dialogue() {
  DialogueStart start{.jail = policy_.jail,
                      .offer = offer_,
                      .timestamp = challenge_,
                      .tally = tally_,
                      .traced = trace_.wanted()};
  if (task_ == Task::Header) start.main = read_proxy_header;
  if (task_ == Task::Tls) {
    start.main = by_helper_ ? await_tls : request_tls;
    start.tls_control = tls_.control();
  }
  if (!greets()) return start;
  start.greeting << "+OK " << policy_.hostname << " POP3 ready";
  if (policy_.offer.apop) start.greeting << ' ' << challenge_.view();
  start.greeting << "\r\n";
  return start;
}

void Connection::dialogue_failed(const lib::Error& error, int64_t now_ms) {
  const auto cause = lib::cause_of(error);
  wrong_ = cause.view();
  event_ = Event::Record;
  if (task_ == Task::Header) return conclude_header(now_ms);
  if (task_ == Task::Tls) return conclude_tls(now_ms);
  log_.warning(error);
  give_up();
}

void Connection::records_came(size_t octets, int64_t now_ms) {
  if (octets == 0) return end_dialogue(Event::Ended, now_ms);
  if (task_ == Task::Login) greeted_ = true;
  reader_.added(octets);
  while (state_ == State::Dialogue) {
    const auto record = reader_.next();
    if (record)
      take_record(*record, now_ms);
    else if (reader_.broken())
      end_dialogue(Event::Invalid, now_ms);
    else
      return;
  }
}

// Client lines are traced as they come.  A dialogue within its limits reports
// no more lines than this; one that an intruder controls could fill the disk.
void Connection::take_record(const Record& record, int64_t now_ms) {
  if (task_ != Task::Login) return take_part(record, now_ms);
  if (record.kind != RecordKind::Trace) {
    record_ = record;
    return end_dialogue(Event::Record, now_ms);
  }
  if (!trace_.wanted() || ++traced_lines_ > kMostLines + 1 ||
      record.payload.size() > kLongestCommand)
    return end_dialogue(Event::Invalid, now_ms);
  trace_.client_line(record.payload);
}

// A one-shot dialogue sends its result in records of one kind, then Quit.  All
// of them but the last are as long as a record may be and none is empty: this
// limits the number of parts, as the sum limits their octets.
void Connection::take_part(const Record& record, int64_t now_ms) {
  const auto wanted =
      task_ == Task::Header ? RecordKind::Proxied : RecordKind::TlsBlock;
  const bool fits = !record.payload.empty() &&
                    fetched_.size() % kLongestPayload == 0 &&
                    fetched_.size() + record.payload.size() <= kLongestTlsBlock;
  if (record.kind == wanted && fits) {
    fetched_ += record.payload;
  } else if (record.kind == RecordKind::Refused && task_ == Task::Header &&
             take_quote(record.payload)) {
    deadline_ms_ = std::min(deadline_ms_, now_ms + kQuoteMs);
  } else {
    if (record.kind != RecordKind::Quit)
      wrong_ =
          record.kind == RecordKind::Failure ? record.payload : kFalseAnswer;
    end_dialogue(Event::Record, now_ms);
  }
}

// Replaces the octets quoted so far by a longer quote, which must begin with
// them.  False if it does not, or is too long.
bool Connection::take_quote(std::string_view octets) {
  if (octets.size() > kQuotedOctets || octets.size() <= quote_.size() ||
      !octets.starts_with(quote_.view()))
    return false;
  quote_.clear();
  quote_ << octets;
  return true;
}

// The dialogue has nothing left to do that matters, and one that an intruder
// controls would not end by itself.
void Connection::end_dialogue(Event event, int64_t now_ms) {
  event_ = event;
  state_ = State::DialogueEnds;
  order_ = Order::KillDialogue;
  deadline_ms_ = now_ms + kKillMs;
}

// Wipes whatever else the dialogue wrote: it may be a secret, and must not be
// taken for what the next dialogue writes.
void Connection::dialogue_ended(int signal, int64_t now_ms) {
  // A dialogue that was given up has ended at last.
  if (state_ != State::DialogueEnds) return;
  switch (task_) {
    case Task::Header: conclude_header(now_ms); break;
    case Task::Login: conclude_login(signal, now_ms); break;
    case Task::Tls: conclude_tls(now_ms); break;
  }
  reader_.wipe();
}

// Why a one-shot dialogue failed; empty if it did not.
std::string_view Connection::failure() const {
  if (!quote_.empty() && event_ != Event::Record)
    return describe_refused(quote_.view());
  switch (event_) {
    case Event::Timeout: return "no answer in time";
    case Event::Ended: return "the dialogue died";
    case Event::Invalid: return kFalseAnswer;
    case Event::Record: break;
  }
  return wrong_;
}

// --- The PROXY header --------------------------------------------------------

void Connection::conclude_header(int64_t now_ms) {
  std::string_view wrong = failure();
  std::optional<ProxiedClient> proxied;
  // Only a header that was refused is quoted.
  if (wrong.empty() && quote_.empty()) proxied = decode_proxied(fetched_);
  if (wrong.empty() && !proxied) wrong = kFalseAnswer;
  if (!proxied) {
    log_failure(wrong);
    return close(lib::kDone);
  }
  proxied_ = *proxied;
  if (proxied_.tls) {
    set_encrypted(true);
    tls_start_ = TlsStart::Proxy;
  }
  if (proxied_.local) return start_talk(now_ms);
  lib::Client client;
  client.ip << lib::format_address(proxied_.source.address).view();
  client.port.number(proxied_.source.port);
  set_client(client);
  order_ = Order::AdmitClient;
}

void Connection::admitted(bool may_go_on, int64_t now_ms) {
  if (may_go_on)
    await_penalty(now_ms);
  else
    close(lib::kDone);
}

// --- A login try -------------------------------------------------------------

// Acts on the last record of a dialogue that has ended.  The broker itself
// sends any further reply to the client.
void Connection::conclude_login(int signal, int64_t now_ms) {
  greeted_ = true;
  switch (event_) {
    case Event::Timeout:
      log_result(LoginResult::Timeout);
      return say(kLateReply, true, lib::kDone);
    case Event::Invalid: return dialogue_was_wrong(kFalseRecord);
    case Event::Ended:
      // It was killed for a forbidden system call, or the client left.
      if (signal != 0) return dialogue_was_wrong({}, signal);
      log_result(LoginResult::Gone);
      return close(lib::kDone);
    case Event::Record: break;
  }
  switch (record_.kind) {
    case RecordKind::Quit:
      log_result(LoginResult::Gone);
      exit_code_ = lib::kDone;
      return drain(now_ms);
    case RecordKind::Close: return close_for(record_.payload, now_ms);
    case RecordKind::StartTls: return start_tls(record_.payload, now_ms);
    case RecordKind::Failure: return dialogue_was_wrong(record_.payload);
    case RecordKind::Credentials: return authenticate(record_.payload, now_ms);
    default: return dialogue_was_wrong(kFalseRecord);
  }
}

// The client exceeded a limit, or began with TLS.  The dialogue has answered.
void Connection::close_for(std::string_view payload, int64_t now_ms) {
  const auto reason = decode_close(payload);
  if (!reason) return dialogue_was_wrong(kFalseRecord);
  std::string_view limit;
  switch (*reason) {
    case CloseReason::BadCommands: limit = "bad-commands"; break;
    case CloseReason::Lines: limit = "commands"; break;
    case CloseReason::Octets: limit = "octets"; break;
    case CloseReason::TlsHello: log_failure("TLS ClientHello"); break;
  }
  log_result(limit.empty() ? LoginResult::Gone : LoginResult::Limit,
             Mechanism::Unnamed, {}, limit);
  exit_code_ = lib::kDone;
  drain(now_ms);
}

// The checker gets our copy of the timestamp, so that the dialogue cannot
// choose it.  With a password it gets none if the greeting had none.
void Connection::authenticate(std::string_view payload, int64_t now_ms) {
  const auto submission = decode_submission(payload);
  if (!submission || !offer_.has(submission->mechanism))
    return dialogue_was_wrong(kFalseRecord);
  tally_ = submission->tally;
  mechanism_ = submission->mechanism;
  if (submission->is_malformed()) {
    log_result(LoginResult::Denied, mechanism_, {}, "malformed");
    return refuse(kMalformedReply, now_ms);
  }
  const bool stamped = policy_.offer.apop || mechanism_ == Mechanism::CramMd5;
  if (!lib::encode_credentials(
          {.login = submission->login,
           .secret = submission->secret,
           .timestamp = stamped ? challenge_.view() : std::string_view(),
           .mechanism = mechanism_},
          credentials_))
    return dialogue_was_wrong(kFalseRecord);
  login_.clear();
  login_ << submission->login;
  // A TLS process that was not asked would wait for as long as the session
  // lasts.
  tls_.decline();
  offer_.stls = false;
  killed_ = false;
  enter(State::Checker, Order::StartChecker);
}

// The session may last for hours: the secret is wiped before it begins.
void Connection::checker_started() {
  credentials_.wipe();
}

void Connection::checker_failed(const lib::Error& error) {
  credentials_.wipe();
  log_.warning(error);
  give_up(mechanism_);
}

void Connection::checker_killed() {
  killed_ = true;
}

// It may be a server that sends no status byte.  So it goes on, and its exit
// code tells whether the login was successful.
void Connection::checker_left_alone() {
  state_ = State::CheckerEnds;
}

void Connection::served(bool refused) {
  if (refused)
    log_result(LoginResult::Denied, mechanism_, login_.view(), "sessions");
  else
    log_result(LoginResult::Ok, mechanism_, login_.view());
  leave(Order::HandOver);
}

Outcome Connection::checker_ended(const Ending& ending, int64_t now_ms) {
  if (killed_) {
    log_result(LoginResult::Timeout, mechanism_);
    say(kTemporaryReply, true, lib::kTemporary);
    return Outcome::Temporary;
  }
  const Outcome outcome = outcome_of(ending, getuid());
  const std::string_view user =
      outcome == Outcome::Done ? login_.view() : std::string_view();
  if (outcome == Outcome::Done) log_result(LoginResult::Ok, mechanism_, user);
  if (ending.cause != EndCause::None) {
    close(log_cut_short(log_, ending, user, client_.ip.view()));
    return outcome == Outcome::Done ? Outcome::Done : Outcome::Temporary;
  }
  switch (outcome) {
    case Outcome::Done: close(lib::kDone); break;
    case Outcome::Temporary:
      lib::LogLine(log_, "checker", Level::Warning)
          .number(ending.by_signal ? "signal" : "exit",
                  static_cast<uint64_t>(ending.code));
      give_up(mechanism_);
      break;
    case Outcome::RefusedForGood:
      log_result(LoginResult::Denied, mechanism_);
      say(kRefusedReply, true, lib::kDone);
      break;
    case Outcome::Refused:
      log_result(LoginResult::Denied, mechanism_);
      refuse(kRefusedReply, now_ms);
      break;
  }
  return outcome;
}

// --- TLS ---------------------------------------------------------------------

// Only the amount of what the client sent before TLS is kept.  Whatever it sent
// after STLS is still in the socket: the TLS process reads it, and fails if it
// is not a handshake.
void Connection::start_tls(std::string_view payload, int64_t now_ms) {
  const auto tally = decode_start_tls(payload);
  if (!tally || !offer_.stls) return dialogue_was_wrong(kFalseRecord);
  tally_ = *tally;
  if (now_ms >= login_deadline_ms_) {
    log_result(LoginResult::Timeout);
    return say(kLateReply, true, lib::kDone);
  }
  if (!tls_.available()) return enter(State::TlsStarts, Order::StartTls);
  lib::Status ready = tls_.switch_over();
  if (ready.ok()) ready = prepare_connection();
  start(Task::Tls, now_ms + kTlsMs);
  if (!ready.ok()) dialogue_failed(ready.error(), now_ms);
}

void Connection::tls_started(int64_t now_ms) {
  by_helper_ = true;
  start(Task::Tls, now_ms + kTlsMs);
}

void Connection::tls_failed(const lib::Error& error, int64_t now_ms) {
  tls_started(now_ms);
  dialogue_failed(error, now_ms);
}

void Connection::conclude_tls(int64_t now_ms) {
  std::string_view wrong = failure();
  const bool late = now_ms >= login_deadline_ms_;
  if (wrong.empty()) wrong = by_helper_ ? helper_fault(late) : server_fault();
  const bool works = wrong.empty();
  if (!by_helper_) tls_.conclude(works);
  set_encrypted(works);
  if (works) {
    tls_start_ = tls_at_once_ ? TlsStart::AtOnce : TlsStart::Stls;
    return start(Task::Login);
  }
  log_failure(wrong);
  log_result(LoginResult::Temporary);
  // Without the helper there is no clear side: nothing can be said.
  if (by_helper_)
    return close(late || event_ == Event::Timeout ? lib::kDone
                                                  : lib::kTemporary);
  task_ = Task::Login;
  if (late) return say(kLateReply, true, lib::kDone);
  say(kTemporaryReply, true, lib::kTemporary);
}

// Late: the dialogue answered in time, but took long to die.
std::string_view Connection::helper_fault(bool late) const {
  if (!fetched_.empty()) return kFalseAnswer;
  if (tls_helper_failed_) return "the TLS helper failed";
  return late ? "no answer in time" : "";
}

std::string_view Connection::server_fault() const {
  if (!export_tls_variables(fetched_)) return kFalseAnswer;
  if (const auto entry = find_senseless_entry(fetched_))
    lib::LogLine(log_, "tls", Level::Warning)
        .field("error", "a variable of the TLS server's has no =")
        .field("entry", *entry);
  return {};
}

// --- Replies -----------------------------------------------------------------

// Sends the reply after a delay, which is twice as long with each further
// refusal.
void Connection::refuse(std::string_view reply, int64_t now_ms) {
  const unsigned doublings = std::min(try_ - 1, 20U);
  reply_ = reply;
  enter(State::Delay, Order::WatchClient,
        now_ms + ((int64_t{policy_.delay_seconds} * 1000) << doublings));
}

void Connection::give_up(Mechanism mechanism) {
  log_result(LoginResult::Temporary, mechanism);
  say(kTemporaryReply, true, lib::kTemporary);
}

// If signal is not 0, the dialogue died of it; otherwise error says what was
// wrong.
void Connection::dialogue_was_wrong(std::string_view error, int signal) {
  if (signal != 0)
    lib::LogLine(log_, "dialogue", Level::Error)
        .number("signal", static_cast<uint64_t>(signal));
  else
    lib::LogLine(log_, "dialogue", Level::Error).field("error", error);
  give_up();
}

// A client that reads nothing delays us no longer than the login's deadline.
void Connection::say(std::string_view reply, bool last, int exit_code) {
  reply_ = reply;
  last_reply_ = last;
  exit_code_ = exit_code;
  enter(State::Reply, Order::SendReply);
}

void Connection::reply_sent(int64_t now_ms) {
  if (last_reply_) return drain(now_ms);
  ++try_;
  start(Task::Login);
}

// After the final reply.  Closing with unread input makes the kernel send a
// reset, which may destroy the reply.
void Connection::drain(int64_t now_ms) {
  enter(State::Drain, Order::DiscardInput, now_ms + kDrainMs);
}

void Connection::input_discarded() {
  close(exit_code_);
}

void Connection::client_left() {
  if (awaits_checker()) {
    credentials_.wipe();
    log_result(LoginResult::Gone, mechanism_);
  } else if (state_ == State::Penalty || state_ == State::Hello) {
    log_result(LoginResult::Gone);
  }
  close(lib::kDone);
}

void Connection::close(int exit_code) {
  exit_code_ = exit_code;
  leave(Order::Close);
}

void Connection::leave(Order order) {
  state_ = State::Over;
  order_ = order;
  deadline_ms_ = INT64_MAX;
}

void Connection::deadline_passed(int64_t now_ms) {
  deadline_ms_ = INT64_MAX;
  switch (state_) {
    case State::Penalty:
      if (now_ms < login_deadline_ms_) return start_talk(now_ms);
      log_result(LoginResult::Timeout);
      if (tls_at_once_) return close(lib::kDone);  // no clear text
      return say(kLateReply, true, lib::kDone);
    case State::Hello:
      log_result(LoginResult::Timeout);
      return close(lib::kDone);
    case State::Dialogue: return end_dialogue(Event::Timeout, now_ms);
    case State::DialogueEnds: return dialogue_ended(0, now_ms);
    case State::Checker:
      if (!credentials_.empty()) {  // it never got a place
        credentials_.wipe();
        log_result(LoginResult::Temporary, mechanism_, {}, "checkers");
        return say(kTemporaryReply, true, lib::kTemporary);
      }
      state_ = State::CheckerEnds;
      order_ = Order::KillChecker;
      return;
    case State::Reply: return reply_sent(now_ms);
    case State::Delay:
      if (try_ >= policy_.tries || now_ms >= login_deadline_ms_)
        return say(reply_, true, lib::kDone);
      return say(reply_, false);
    case State::Drain: return input_discarded();
    case State::CheckerEnds:
    case State::TlsStarts:
    case State::Over: return;
  }
}

// --- The log -----------------------------------------------------------------

[[gnu::noinline]] void Connection::log_failure(std::string_view error) {
  const bool of_header = task_ == Task::Header;
  if (!of_header) tls_start_ = TlsStart::Failed;
  lib::LogLine line(log_, of_header ? "proxy" : "tls", Level::Warning);
  line.field("error", error)
      .field("ip", client_.ip.view())
      .field("port", client_.port.view());
  if (!quote_.empty()) line.field("octets", quote_.view());
}

[[gnu::noinline]] void Connection::log_result(LoginResult result,
                                              Mechanism mechanism,
                                              std::string_view user,
                                              std::string_view cause) {
  result_ = LoginEnd{.result = result, .mechanism = mechanism};
  const bool tried = mechanism != Mechanism::Unnamed || try_ > 1;
  noteworthy_ = noteworthy_ || tried ||
                (result != LoginResult::Gone && result != LoginResult::Timeout);
  if (!noteworthy_ && log_.verbosity() != lib::Verbosity::Verbose) return;
  const char* inherited = getenv("SSL_PROTOCOL");
  std::string_view tls = proxied_.tls_version.view();
  if (tls.empty() && inherited != nullptr) tls = inherited;
  if (tls.empty()) tls = encrypted_ ? "yes" : "-";
  lib::LogLine line(log_, "login");
  line.field("result", kLoginResults[static_cast<size_t>(result)]);
  if (!user.empty()) line.field("user", user);
  line.field("mech", lib::mechanism_name(mechanism))
      .field("ip", client_.ip.view())
      .field("port", client_.port.view())
      .field("tls", tls)
      .number("try", try_);
  if (!cause.empty()) line.field("cause", cause);
}

}  // namespace popup
