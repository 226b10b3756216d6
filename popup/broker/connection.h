// SPDX-License-Identifier: ISC
// popup/broker: the privileged half of a login: the rules of a connection, the
// start of its processes, and how a session is watched and ended.
// Called by: popup's main and the loop.  Calls: popup/dialogue,
// popup/connection, lib.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "lib/crypto/secret.h"
#include "lib/io/client.h"
#include "lib/io/log.h"
#include "lib/io/trace.h"
#include "popup/broker/challenge.h"
#include "popup/broker/checker.h"
#include "popup/broker/login_result.h"
#include "popup/broker/policy.h"
#include "popup/broker/start_dialogue.h"
#include "popup/broker/ucspi_tls.h"
#include "popup/dialogue/proxy.h"
#include "popup/dialogue/record.h"

namespace popup {

// Runs as root: the rules for one connection, from its first octet until its
// session begins, as a state machine.  It starts no process, waits for nothing
// and reads no clock: it says what is to be done (Order), and the loop
// (loop/loop.h) does it and reports what has come of it.  Only the log and
// UCSPI-TLS's descriptors are used directly.
//
// A connection begins with a PROXY header, if one is expected.  Then dialogues
// follow, one after the other.  The last record of each says what comes next: a
// checker, TLS, or the end.
class Connection {
 public:
  // tls must outlive the object, as policy, log and trace must.
  Connection(const Policy& policy, const lib::Log& log, const lib::Trace& trace,
             UcspiTls& tls, const Challenge& challenge);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  enum class Order : unsigned char {
    Wait,           // for an event, or for deadline_ms()
    StartDialogue,  // dialogue(); then dialogue_failed() or nothing
    KillDialogue,   // then dialogue_ended()
    StartTls,       // by the TLS helper; then tls_started() or tls_failed()
    AdmitClient,    // may proxied() have a session?  Then admitted()
    StartChecker,   // with credentials(); then checker_started() or _failed()
    KillChecker,    // if it is still the checker; then checker_killed() or
                    // checker_left_alone()
    SendReply,      // reply(); then reply_sent()
    WatchClient,    // if the client leaves: client_left()
    DiscardInput,   // then input_discarded()
    HandOver,       // the session has begun: nothing is left to do here
    Close,          // exit_code()
  };
  // The order to carry out next; Wait: no order is left.
  Order next_order() { return std::exchange(order_, Order::Wait); }
  // How a login try has just ended, once for each.
  std::optional<LoginEnd> take_result() {
    return std::exchange(result_, std::nullopt);
  }
  // How TLS has just begun or failed, once for each.
  std::optional<TlsStart> take_tls_start() {
    return std::exchange(tls_start_, std::nullopt);
  }
  // When deadline_passed() is due, on the monotonic clock; INT64_MAX: never.
  [[nodiscard]] int64_t deadline_ms() const { return deadline_ms_; }

  // --- Events.  Each may give a new order.  now_ms is the monotonic clock.
  // If a PROXY header is expected, call set_client() with the peer before this.
  // If tls_at_once, the TLS helper is started before the greeting, once the
  // client has sent something.
  void begin(int64_t now_ms, bool tls_at_once = false);
  void dialogue_failed(const lib::Error& error, int64_t now_ms);
  // The dialogue has written so many octets into records(); 0: it has closed
  // its pipe.
  void records_came(size_t octets, int64_t now_ms);
  // The signal that it died of, or 0.
  void dialogue_ended(int signal, int64_t now_ms);
  void client_spoke();
  void tls_started(int64_t now_ms);
  void tls_failed(const lib::Error& error, int64_t now_ms);
  // The TLS helper has ended, and not with 0, which would mean that the client
  // has left.
  void tls_helper_failed() { tls_helper_failed_ = true; }
  void admitted(bool may_go_on, int64_t now_ms);
  void checker_started();
  void checker_failed(const lib::Error& error);
  void checker_killed();
  void checker_left_alone();
  // The status byte came.  If refused, the server refuses the session, because
  // its user has too many.
  void served(bool refused);
  // Returns what became of the login.
  Outcome checker_ended(const Ending& ending, int64_t now_ms);
  void reply_sent(int64_t now_ms);
  void client_left();
  void input_discarded();
  void deadline_passed(int64_t now_ms);

  // --- What the orders need.
  // True if the dialogue to start is the one that greets.
  [[nodiscard]] bool greets() const {
    return task_ == Task::Login && !greeted_;
  }
  [[nodiscard]] DialogueStart dialogue();
  // True during the penalty.
  [[nodiscard]] bool awaits_greeting() const {
    return state_ == State::Penalty;
  }
  // True on a port of TLS at once, as long as the client is silent.
  [[nodiscard]] bool awaits_hello() const { return state_ == State::Hello; }
  [[nodiscard]] bool is_in_dialogue() const {
    return state_ == State::Dialogue;
  }
  [[nodiscard]] bool is_over() const { return state_ == State::Over; }
  // True until the checker is started, or the wait for that is over.
  [[nodiscard]] bool awaits_checker() const { return !credentials_.empty(); }
  // Where the octets of records_came() go.
  [[nodiscard]] std::span<char> records() { return reader_.free_space(); }
  [[nodiscard]] const ProxiedClient& proxied() const { return proxied_; }
  [[nodiscard]] const lib::Secret& credentials() const { return credentials_; }
  [[nodiscard]] std::string_view login() const { return login_.view(); }
  [[nodiscard]] std::string_view reply() const { return reply_; }
  [[nodiscard]] int exit_code() const { return exit_code_; }

  // The greeting waits so long, but not beyond the login's deadline.  To be
  // called before begin() or admitted().
  void set_penalty(int64_t milliseconds) { penalty_ms_ = milliseconds; }
  void set_client(const lib::Client& client);
  [[nodiscard]] const lib::Client& client() const { return client_; }
  // True once there was a login try, or anything else that was logged without
  // -v.
  [[nodiscard]] bool is_noteworthy() const { return noteworthy_; }
  // True once a PROXY header has named the client.
  [[nodiscard]] bool is_proxied() const { return !proxied_.local; }
  // True while a TLS handshake may fail: some TLS servers send SIGTERM then,
  // which must not end popup before the failure is logged.
  [[nodiscard]] bool starts_tls() const { return task_ == Task::Tls; }

 private:
  // The purpose of the dialogue that runs.
  enum class Task : unsigned char { Header, Login, Tls };
  enum class State : unsigned char {
    Penalty,  // before the greeting
    Hello,    // before TLS at once
    Dialogue,
    DialogueEnds,  // it was killed
    Checker,       // also while it waits for its start
    CheckerEnds,   // it was killed, or we only wait for its end
    Reply,
    Delay,
    Drain,
    TlsStarts,
    Over,
  };
  // Why a dialogue is over.
  enum class Event : unsigned char { Record, Ended, Timeout, Invalid };
  // The beginning of a refused PROXY header.
  using Quote = lib::FixedText<kQuotedOctets>;

  void await_penalty(int64_t now_ms);
  // The next state, and its order.  No state outlasts the login's deadline.
  void enter(State state, Order order, int64_t deadline_ms = INT64_MAX);
  void leave(Order order);
  void start(Task task, int64_t deadline_ms = INT64_MAX);
  void start_talk(int64_t now_ms);
  void take_record(const Record& record, int64_t now_ms);
  void take_part(const Record& record, int64_t now_ms);
  bool take_quote(std::string_view octets);
  void end_dialogue(Event event, int64_t now_ms);

  void conclude_header(int64_t now_ms);
  void conclude_login(int signal, int64_t now_ms);
  void conclude_tls(int64_t now_ms);
  [[nodiscard]] std::string_view helper_fault(bool late) const;
  [[nodiscard]] std::string_view server_fault() const;
  [[nodiscard]] std::string_view failure() const;
  void close_for(std::string_view payload, int64_t now_ms);
  void start_tls(std::string_view payload, int64_t now_ms);
  void authenticate(std::string_view payload, int64_t now_ms);

  void refuse(std::string_view reply, int64_t now_ms);
  void give_up(lib::Mechanism mechanism = lib::Mechanism::Unnamed);
  void dialogue_was_wrong(std::string_view error, int signal = 0);
  void say(std::string_view reply, bool last, int exit_code = 0);
  void drain(int64_t now_ms);
  void close(int exit_code);
  void set_encrypted(bool encrypted);
  void log_failure(std::string_view error);
  void log_result(LoginResult result,
                  lib::Mechanism mechanism = lib::Mechanism::Unnamed,
                  std::string_view user = {}, std::string_view cause = {});

  const Policy& policy_;
  const lib::Log& log_;
  const lib::Trace& trace_;
  UcspiTls& tls_;
  Challenge challenge_;
  Offer offer_;
  bool encrypted_ = false;
  bool tls_at_once_ = false;
  bool by_helper_ = false;  // TLS is spoken by the helper
  bool tls_helper_failed_ = false;

  Order order_ = Order::Wait;
  std::optional<LoginEnd> result_;
  std::optional<TlsStart> tls_start_;
  State state_ = State::Over;
  int64_t deadline_ms_ = INT64_MAX;
  int64_t login_deadline_ms_ = INT64_MAX;
  int64_t penalty_ms_ = 0;

  Task task_ = Task::Header;
  Event event_ = Event::Ended;
  RecordReader reader_;
  Record record_;        // the last one of the dialogue; it is in reader_
  std::string fetched_;  // what a one-shot dialogue has sent, joined
  Quote quote_;
  std::string_view wrong_;  // what was wrong with a one-shot dialogue

  lib::Client client_;
  ProxiedClient proxied_;
  bool greeted_ = false;
  bool noteworthy_ = false;
  unsigned try_ = 1;
  Tally tally_;
  unsigned traced_lines_ = 0;

  lib::Secret credentials_;
  lib::FixedText<lib::kCredentialsSize> login_;
  lib::Mechanism mechanism_ = lib::Mechanism::Unnamed;
  bool killed_ = false;  // the checker took too long and was killed

  std::string_view reply_;  // a constant
  bool last_reply_ = false;
  int exit_code_ = 0;
};

}  // namespace popup
