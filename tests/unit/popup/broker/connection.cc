// SPDX-License-Identifier: ISC
// A connection, driven by events without a process and without a clock.
#include "popup/broker/connection.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "lib/process/environment.h"
#include "popup/dialogue/line.h"
#include "popup/dialogue/tls_variables.h"
#include "tests/unit/unit.h"

using namespace std::literals;
using lib::Mechanism;
using popup::CloseReason;
using popup::Connection;
using popup::Policy;
using popup::RecordKind;
using Order = Connection::Order;

namespace {

constexpr int64_t kStart = 1'000'000;
constexpr int64_t kLoginMs = 180'000;
constexpr int64_t kNever = INT64_MAX;
constexpr std::string_view kSecret = "S3cret-0f-joe";
constexpr std::string_view kChallenge = "<1.2.3@mx.example.org>";
constexpr std::string_view kRefused = "-ERR [AUTH] wrong name or password\r\n";
constexpr std::string_view kTemporary =
    "-ERR [SYS/TEMP] cannot log you in now, try again later\r\n";
constexpr std::string_view kLate = "-ERR login takes too long\r\n";

// --- Records -----------------------------------------------------------------

std::string record(RecordKind kind, std::string_view payload = {}) {
  popup::RecordText text;
  CHECK(popup::encode_record(kind, payload, text));
  return std::string(text.view());
}
std::string quit() {
  return record(RecordKind::Quit);
}
std::string submission(const popup::Submission& submission) {
  popup::RecordText text;
  CHECK(popup::encode_submission(submission, text));
  return std::string(text.view());
}
std::string pass(std::string_view login = "joe") {
  return submission({.mechanism = Mechanism::Pass,
                     .login = login,
                     .secret = kSecret,
                     .tally = {.bad_commands = 1, .lines = 3, .octets = 40}});
}
popup::ProxiedClient proxied_client() {
  popup::ProxiedClient client;
  client.local = false;
  client.source = {*lib::parse_address("2001:db8::7"), 4711};
  client.destination = {*lib::parse_address("2001:db8::1"), 110};
  return client;
}
std::string proxied(const popup::ProxiedClient& client) {
  popup::RecordText text;
  CHECK(popup::encode_proxied(client, text));
  return std::string(text.view());
}

// --- A connection and what it needs ------------------------------------------

// What is written to descriptor 2 while it lives.
class CaughtLog {
 public:
  CaughtLog() : saved_(dup(2)), file_(memfd_create("log", MFD_CLOEXEC)) {
    dup2(file_.get(), 2);
  }
  CaughtLog(const CaughtLog&) = delete;
  CaughtLog& operator=(const CaughtLog&) = delete;
  ~CaughtLog() { dup2(saved_.get(), 2); }

  // What was written since the last call.
  std::string text() {
    std::string all;
    std::array<char, 4096> buffer;
    for (;;) {
      const ssize_t got =
          pread(file_.get(), buffer.data(), buffer.size(), read_);
      if (got <= 0) return all;
      all.append(buffer.data(), static_cast<size_t>(got));
      read_ += got;
    }
  }

 private:
  lib::UniqueFd saved_;
  lib::UniqueFd file_;
  off_t read_ = 0;
};

struct Setting {
  bool traced = false;
  bool tls = false;  // of the environment
  bool tls_at_once = false;
  const char* peer = "192.0.2.1";
  lib::Verbosity verbosity = lib::Verbosity::Verbose;
  int64_t penalty_ms = 0;
};

class Driver {
 public:
  explicit Driver(const Policy& policy = {}, const Setting& setting = {})
      : policy_(policy), trace_(log_, setting.traced, {}) {
    policy_.hostname = "mx.example.org";
    log_.set_verbosity(setting.verbosity);
    if (setting.tls) tls_.take_from_environment(log_);
    popup::Challenge challenge;
    challenge << kChallenge;
    connection_ =
        new (memory_.data()) Connection(policy_, log_, trace_, tls_, challenge);
    lib::Client client;
    client.ip << setting.peer;
    client.port << "1100";
    connection_->set_client(client);
    connection_->set_penalty(setting.penalty_ms);
    connection_->begin(now_, setting.tls_at_once);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() { connection_->~Connection(); }

  Connection* operator->() { return connection_; }
  [[nodiscard]] int64_t now() const { return now_; }
  void wait(int64_t milliseconds) { now_ += milliseconds; }
  std::string log() { return caught_.text(); }

  // True if this is the only order.
  bool wants(Order order) {
    return connection_->next_order() == order &&
           connection_->next_order() == Order::Wait;
  }
  // Milliseconds until the deadline, from the start.
  [[nodiscard]] int64_t deadline() const {
    const int64_t deadline_ms = connection_->deadline_ms();
    return deadline_ms == kNever ? kNever : deadline_ms - kStart;
  }
  // Waits until the deadline.
  void pass_deadline() {
    now_ = connection_->deadline_ms();
    CHECK(now_ != kNever);
    connection_->deadline_passed(now_);
  }

  // The dialogue writes; piece octets arrive at a time.
  void write(std::string_view octets, size_t piece = 100'000) {
    while (!octets.empty() && connection_->is_in_dialogue()) {
      const auto space = connection_->records();
      const size_t count = std::min({piece, space.size(), octets.size()});
      CHECK(count != 0);
      std::ranges::copy(octets.substr(0, count), space.begin());
      octets.remove_prefix(count);
      connection_->records_came(count, now_);
    }
  }
  // A whole dialogue: if nothing of what it writes ends it, it closes its pipe.
  void end_dialogue(std::string_view octets, int signal = SIGKILL) {
    CHECK(wants(Order::StartDialogue));
    write(octets);
    if (connection_->is_in_dialogue()) connection_->records_came(0, now_);
    CHECK(wants(Order::KillDialogue));
    connection_->dialogue_ended(signal, now_);
  }
  // A login that the checker decides.
  void start_checker() {
    end_dialogue(pass());
    CHECK(wants(Order::StartChecker));
    connection_->checker_started();
  }
  void refuse_login(int exit_code = 1) {
    start_checker();
    connection_->checker_ended({.code = exit_code, .uid = getuid()}, now_);
  }
  // The last reply, and all that follows it.
  bool is_closed_after(std::string_view reply, int exit_code) {
    const bool said = wants(Order::SendReply) && connection_->reply() == reply;
    connection_->reply_sent(now_);
    const bool drained = wants(Order::DiscardInput);
    connection_->input_discarded();
    return said && drained && is_closed(exit_code);
  }
  bool is_closed(int exit_code) {
    return wants(Order::Close) && deadline() == kNever &&
           connection_->exit_code() == exit_code;
  }

  // True if this is anywhere in the connection.
  [[nodiscard]] bool holds(std::string_view text) const {
    return std::string_view(memory_.data(), memory_.size()).find(text) !=
           std::string_view::npos;
  }

 private:
  Policy policy_;
  CaughtLog caught_;
  lib::Log log_{"popup"};
  lib::Trace trace_;
  popup::UcspiTls tls_;
  alignas(Connection) std::array<char, sizeof(Connection)> memory_{};
  Connection* connection_;
  int64_t now_ = kStart;
};

Policy behind_proxy() {
  Policy policy;
  policy.proxies.expected = true;
  CHECK(policy.proxies.trust("192.0.2.0/24"));
  return policy;
}

std::string login_line(std::string_view fields, std::string_view rest = "") {
  return "popup: event=login " + std::string(fields) +
         " ip=192.0.2.1 port=1100 tls=- try=1" + std::string(rest) + "\n";
}

}  // namespace

// --- The PROXY header --------------------------------------------------------

TEST(without_a_proxy_the_first_dialogue_greets) {
  for (const bool apop : {false, true}) {
    Policy policy;
    policy.offer.apop = apop;
    Driver driver(policy);
    CHECK(driver->greets());
    CHECK(driver.wants(Order::StartDialogue));
    CHECK_EQUAL(driver.deadline(), kLoginMs);
    const auto start = driver->dialogue();
    CHECK(start.main == popup::run_login_dialogue);
    CHECK_EQUAL(start.greeting.view(),
                apop ? "+OK mx.example.org POP3 ready <1.2.3@mx.example.org>"
                       "\r\n"sv
                     : "+OK mx.example.org POP3 ready\r\n"sv);
    CHECK_EQUAL(start.timestamp.view(), kChallenge);
    CHECK_EQUAL(start.tls_control, -1);
    CHECK_EQUAL(driver.log(), "");
  }
}

TEST(an_untrusted_peer_may_not_send_a_header) {
  for (const char* peer : {"198.51.100.1", "-"}) {
    Driver driver(behind_proxy(), {.peer = peer});
    CHECK(driver.is_closed(0));
    CHECK_EQUAL(driver.log(),
                "popup: event=proxy error=\"this peer may not send a PROXY "
                "header\" ip=" +
                    std::string(peer) + " port=1100\n");
  }
}

TEST(a_trusted_header_names_the_client) {
  for (const bool may_go_on : {true, false}) {
    Driver driver(behind_proxy());
    CHECK(!driver->greets());
    CHECK(driver->dialogue().main == popup::read_proxy_header);
    CHECK(driver->dialogue().greeting.empty());
    CHECK(!driver->is_proxied());
    driver.end_dialogue(proxied(proxied_client()) + quit());
    CHECK(driver.wants(Order::AdmitClient));
    CHECK(driver->is_proxied());
    CHECK_EQUAL(driver->client().ip.view(), "2001:db8::7");
    CHECK_EQUAL(driver->client().port.view(), "4711");
    CHECK_EQUAL(driver->proxied().destination.port, 110);
    driver->admitted(may_go_on, driver.now());
    CHECK_EQUAL(driver.log(), "");
    if (!may_go_on) {
      CHECK(driver.is_closed(0));
      continue;
    }
    CHECK(driver->greets());
    driver.end_dialogue(quit());
    CHECK_EQUAL(driver.log(),
                "popup: event=login result=gone mech=- ip=2001:db8::7 "
                "port=4711 tls=- try=1\n");
  }
}

TEST(a_local_header_leaves_the_client_alone) {
  Driver driver(behind_proxy());
  driver.end_dialogue(proxied({}) + quit());
  CHECK(driver->greets());
  CHECK(!driver->is_proxied());
  CHECK_EQUAL(driver->client().ip.view(), "192.0.2.1");
  CHECK(driver.wants(Order::StartDialogue));
}

TEST(tls_to_the_proxy_unlocks_the_login) {
  for (const bool tls : {false, true}) {
    Policy policy = behind_proxy();
    policy.require_tls = true;
    Driver driver(policy);
    auto client = proxied_client();
    client.tls = tls;
    if (tls) client.tls_version << "TLSv1.3";
    driver.end_dialogue(proxied(client) + quit());
    CHECK(driver.wants(Order::AdmitClient));
    driver->admitted(true, driver.now());
    CHECK_EQUAL(driver->dialogue().offer.locked, !tls);
    driver.end_dialogue(pass());
    CHECK(driver.wants(tls ? Order::StartChecker : Order::SendReply));
    if (!tls) continue;
    driver->checker_started();
    driver->served(false);
    CHECK(driver.log().find("tls=TLSv1.3") != std::string::npos);
  }
}

namespace {

// What the log says about a dialogue that reads the PROXY header, writes these
// octets, and then waits or dies.
std::string header_failure(std::string_view octets, bool waits = false) {
  Driver driver(behind_proxy());
  if (waits) {
    CHECK(driver.wants(Order::StartDialogue));
    driver.pass_deadline();
    CHECK(driver.wants(Order::KillDialogue));
    driver->dialogue_ended(SIGKILL, driver.now());
  } else {
    driver.end_dialogue(octets);
  }
  CHECK(driver.is_closed(0));
  std::string line = driver.log();
  const size_t error = line.find("error=");
  CHECK(line.starts_with("popup: event=proxy error="));
  return line.substr(std::min(error, line.size()));
}
std::string about_header(std::string_view error, std::string_view rest = "") {
  return "error=\"" + std::string(error) + "\" ip=192.0.2.1 port=1100" +
         std::string(rest) + "\n";
}
std::string refused(std::string_view octets) {
  return record(RecordKind::Refused, octets);
}

}  // namespace

TEST(a_header_dialogue_that_fails_gives_the_reason) {
  CHECK_EQUAL(header_failure(record(RecordKind::Failure, "no luck")),
              about_header("no luck"));
  CHECK_EQUAL(header_failure(""), about_header("the dialogue died"));
  CHECK_EQUAL(header_failure(proxied(proxied_client())),
              about_header("the dialogue died"));
  CHECK_EQUAL(header_failure("", true), about_header("no answer in time"));
  Driver driver(behind_proxy());
  CHECK(driver.wants(Order::StartDialogue));
  driver->dialogue_failed({"fork the dialogue", EAGAIN}, driver.now());
  CHECK(driver.is_closed(0));
  CHECK_EQUAL(
      driver.log(),
      "popup: event=proxy " + about_header("unable to fork the dialogue: "
                                           "Resource temporarily unavailable"));
}

TEST(a_header_dialogue_that_lies_is_noticed) {
  const std::string client = proxied(proxied_client());
  const std::string longest(popup::kLongestPayload, 'x');
  for (const std::string& lie :
       {std::string("P\xff\xff"), std::string("?"), pass(), quit(),
        record(RecordKind::Proxied), record(RecordKind::Proxied, "x") + quit(),
        client + client, record(RecordKind::Proxied, longest) + quit(),
        record(RecordKind::TlsBlock, longest), record(RecordKind::Trace, "x"),
        client + record(RecordKind::Close, "b")})
    CHECK_EQUAL(header_failure(lie),
                about_header("false record of the dialogue"));
}

TEST(a_refused_header_is_quoted_for_a_second) {
  Driver driver(behind_proxy());
  CHECK(driver.wants(Order::StartDialogue));
  driver.wait(5000);
  driver.write(refused("\x16"));
  CHECK_EQUAL(driver.deadline(), 6000);
  driver.wait(900);
  driver.write(refused("\x16\x03"));
  driver.write(refused("\x16\x03\x01"));
  // More octets give it no more time.
  CHECK_EQUAL(driver.deadline(), 6000);
  CHECK(driver.wants(Order::Wait));
  driver.pass_deadline();
  CHECK(driver.wants(Order::KillDialogue));
  driver->dialogue_ended(SIGKILL, driver.now());
  CHECK(driver.is_closed(0));
  CHECK_EQUAL(driver.log(), "popup: event=proxy " +
                                about_header("TLS ClientHello",
                                             " octets=\"\\x16\\x03\\x01\""));
}

TEST(a_quote_counts_even_if_the_dialogue_dies) {
  CHECK_EQUAL(header_failure(refused("GET /")),
              about_header("bad PROXY header", " octets=\"GET /\""));
}

TEST(a_quote_only_grows_up_to_its_limit) {
  const std::string most(popup::kQuotedOctets, 'x');
  const std::string lie = "false record of the dialogue";
  CHECK_EQUAL(header_failure(refused(most)),
              about_header("bad PROXY header", " octets=" + most));
  CHECK_EQUAL(header_failure(refused(most + "x")), about_header(lie));
  CHECK_EQUAL(header_failure(refused("")), about_header(lie));
  CHECK_EQUAL(header_failure(refused("xy") + refused("xy")),
              about_header(lie, " octets=xy"));
  CHECK_EQUAL(header_failure(refused("xy") + refused("x")),
              about_header(lie, " octets=xy"));
  CHECK_EQUAL(header_failure(refused("xy") + refused("yyy")),
              about_header(lie, " octets=xy"));
}

TEST(a_header_that_was_quoted_is_not_accepted) {
  CHECK_EQUAL(
      header_failure(refused("xy") + proxied(proxied_client()) + quit()),
      about_header("false record of the dialogue", " octets=xy"));
}

// --- The dialogue ------------------------------------------------------------

TEST(records_may_come_octet_by_octet) {
  Driver driver;
  CHECK(driver.wants(Order::StartDialogue));
  driver.write(pass(), 1);
  CHECK(driver.wants(Order::KillDialogue));
  driver->dialogue_ended(SIGKILL, driver.now());
  CHECK(driver.wants(Order::StartChecker));
}

TEST(a_late_dialogue_is_killed_and_the_client_told) {
  Driver driver;
  CHECK(driver.wants(Order::StartDialogue));
  driver.write(pass().substr(0, 20));
  driver.pass_deadline();
  CHECK_EQUAL(driver.now(), kStart + kLoginMs);
  CHECK(driver.wants(Order::KillDialogue));
  driver->dialogue_ended(SIGKILL, driver.now());
  CHECK_EQUAL(driver.log(), login_line("result=timeout mech=-"));
  CHECK(driver.is_closed_after(kLate, 0));
}

TEST(a_dialogue_that_does_not_die_is_given_up) {
  Driver driver;
  CHECK(driver.wants(Order::StartDialogue));
  driver.write(pass());
  CHECK(driver.wants(Order::KillDialogue));
  CHECK_EQUAL(driver.deadline(), 3000);
  driver.pass_deadline();
  CHECK(driver.wants(Order::StartChecker));
  driver->checker_started();
  // It dies after all.
  driver->dialogue_ended(SIGKILL, driver.now());
  CHECK(driver.wants(Order::Wait));
  CHECK_EQUAL(driver.log(), "");
  driver->served(false);
  CHECK(driver.wants(Order::HandOver));
}

TEST(a_lie_of_the_dialogue_ends_the_connection) {
  for (const std::string& lie :
       {std::string("C\xff\xffroot"), std::string("?"),
        record(RecordKind::Credentials, "x"),
        record(RecordKind::Credentials,
               std::string("\0\0\0\0\0\0PASS\0joe\0\0", 16)),
        record(RecordKind::Proxied, "x"), record(RecordKind::TlsBlock, "x"),
        refused("x"), record(RecordKind::Close, "?"),
        record(RecordKind::Close, "bb"), record(RecordKind::StartTls, "x"),
        // STLS is not offered, nor is APOP.
        record(RecordKind::StartTls, std::string(6, '\0')),
        submission(
            {.mechanism = Mechanism::Apop, .login = "joe", .secret = kSecret}),
        // Nobody wants a trace.
        record(RecordKind::Trace, "NOOP"),
        // Together they are longer than 512 octets.
        submission({.mechanism = Mechanism::Pass,
        .login = std::string(300, 'j'),
        .secret = std::string(kSecret) + std::string(220, 's')})}) {
    Driver driver;
    driver.end_dialogue(lie);
    CHECK(!driver.holds(kSecret));
    CHECK(driver->credentials().empty());
    CHECK_EQUAL(driver.log(), "popup: event=dialogue error=\"false record\"\n" +
                                  login_line("result=temporary mech=-"));
    CHECK(driver.is_closed_after(kTemporary, 111));
  }
}

TEST(a_dialogue_that_dies_of_a_signal_is_logged) {
  Driver driver;
  driver.end_dialogue(pass().substr(0, 20), SIGSYS);
  CHECK_EQUAL(driver.log(), "popup: event=dialogue signal=31\n" +
                                login_line("result=temporary mech=-"));
  CHECK(driver.is_closed_after(kTemporary, 111));
}

TEST(a_dialogue_without_a_last_record_says_the_client_left) {
  Driver driver;
  driver.end_dialogue("", 0);
  CHECK_EQUAL(driver.log(), login_line("result=gone mech=-"));
  CHECK(driver.is_closed(0));
}

TEST(QUIT_ends_the_connection_after_what_the_client_still_sends) {
  for (const bool sends_for_long : {false, true}) {
    Driver driver;
    driver.end_dialogue(quit());
    CHECK_EQUAL(driver.log(), login_line("result=gone mech=-"));
    CHECK(driver.wants(Order::DiscardInput));
    CHECK_EQUAL(driver.deadline(), 1000);
    if (sends_for_long)
      driver.pass_deadline();
    else
      driver->input_discarded();
    CHECK(driver.is_closed(0));
  }
}

TEST(each_limit_of_the_dialogue_is_logged) {
  struct Row {
    CloseReason reason;
    std::string log;
  };
  const std::string limit = "result=limit mech=-";
  for (const auto& [reason, log] :
       {Row{CloseReason::BadCommands, login_line(limit, " cause=bad-commands")},
        Row{CloseReason::Lines, login_line(limit, " cause=commands")},
        Row{CloseReason::Octets, login_line(limit, " cause=octets")},
        Row{CloseReason::TlsHello,
            "popup: event=tls error=\"TLS ClientHello\" ip=192.0.2.1 "
            "port=1100\n" +
                login_line("result=gone mech=-")}}) {
    popup::RecordText text;
    CHECK(popup::encode_close(reason, text));
    Driver driver;
    driver.end_dialogue(text.view());
    CHECK_EQUAL(driver.log(), log);
    CHECK(driver.wants(Order::DiscardInput));
    driver->input_discarded();
    CHECK(driver.is_closed(0));
  }
}

TEST(a_dialogue_that_fails_is_logged) {
  Driver driver;
  driver.end_dialogue(record(RecordKind::Failure, "unable to chroot"));
  CHECK_EQUAL(driver.log(),
              "popup: event=dialogue error=\"unable to chroot\"\n" +
                  login_line("result=temporary mech=-"));
  CHECK(driver.is_closed_after(kTemporary, 111));
}

TEST(the_client_is_told_that_no_dialogue_can_be_started) {
  Driver driver;
  CHECK(driver.wants(Order::StartDialogue));
  driver->dialogue_failed({"fork the dialogue", EAGAIN}, driver.now());
  CHECK_EQUAL(driver.log(),
              "popup: event=warning cause=\"unable to fork the dialogue: "
              "Resource temporarily unavailable\" errno=11\n" +
                  login_line("result=temporary mech=-"));
  CHECK(driver.is_closed_after(kTemporary, 111));
}

TEST(a_traced_dialogue_may_report_its_lines_only) {
  const std::string noop = record(RecordKind::Trace, "NOOP");
  Driver driver({}, {.traced = true});
  CHECK(driver.wants(Order::StartDialogue));
  CHECK(driver->dialogue().traced);
  for (unsigned line = 0; line < popup::kMostLines + 1; ++line) {
    driver.write(noop);
    CHECK_EQUAL(driver.log(), "popup: event=command line=NOOP\n");
  }
  CHECK(driver->is_in_dialogue());
  driver.write(noop);
  CHECK(driver.wants(Order::KillDialogue));
  CHECK_EQUAL(driver.log(), "");

  Driver other({}, {.traced = true});
  const std::string longest(popup::kLongestCommand, 'x');
  CHECK(other.wants(Order::StartDialogue));
  other.write(record(RecordKind::Trace, longest));
  CHECK(other->is_in_dialogue());
  other.write(record(RecordKind::Trace, longest + "x"));
  CHECK(other.wants(Order::KillDialogue));
}

// Otherwise an intruder's dialogue could speak for the next one, such as for
// the first after TLS.
TEST(octets_after_the_last_record_do_not_reach_the_next_dialogue) {
  Driver header(behind_proxy());
  header.end_dialogue(proxied({}) + quit() + pass("root"));
  CHECK(header.wants(Order::StartDialogue));
  header.write(pass());
  CHECK(header.wants(Order::KillDialogue));
  header->dialogue_ended(SIGKILL, header.now());
  CHECK(header.wants(Order::StartChecker));
  CHECK_EQUAL(header->login(), "joe");

  Driver login;
  login.end_dialogue(submission({.mechanism = Mechanism::Plain}) + "C\x02");
  CHECK(login.wants(Order::WatchClient));
  login.pass_deadline();
  CHECK(login.wants(Order::SendReply));
  login->reply_sent(login.now());
  login.end_dialogue(pass());
  CHECK(login.wants(Order::StartChecker));
}

// --- TLS ---------------------------------------------------------------------

namespace {

// Descriptors 0 and 1 and the environment, with a TLS process beside them until
// it is destroyed.  Nothing can be printed meanwhile.
class TlsServer {
 public:
  TlsServer() : input_(dup(0)), output_(dup(1)) {
    fflush(stdout);
    std::array<int, 2> pair{};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) != 0) return;
    other_end_.reset(pair[1]);
    std::array<int, 2> client{};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, client.data()) != 0) return;
    client_.reset(client[1]);
    dup2(client[0], 0);
    dup2(client[0], 1);
    own_copy_.reset(client[0]);
    for (const char* name : {"SSLCTLFD", "SSLREADFD", "SSLWRITEFD"})
      lib::set_variable(name, static_cast<uint64_t>(pair[0]));
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    dup2(input_.get(), 0);
    dup2(output_.get(), 1);
  }
  // True if popup has closed its descriptors of the TLS process.
  [[nodiscard]] bool is_alone() const { return is_closed(other_end_); }
  [[nodiscard]] bool client_is_cut_off() const { return is_closed(client_); }

 private:
  static bool is_closed(const lib::UniqueFd& fd) {
    char octet = 0;
    return recv(fd.get(), &octet, 1, MSG_DONTWAIT) == 0;
  }

  lib::TemporaryVariables variables_;
  lib::UniqueFd input_;
  lib::UniqueFd output_;
  lib::UniqueFd other_end_;
  lib::UniqueFd client_;
  lib::UniqueFd own_copy_;  // of the connection
};

std::string stls() {
  popup::RecordText text;
  popup::encode_start_tls({.lines = 2, .octets = 12}, text);
  return std::string(text.view());
}
std::string block(std::string_view payload) {
  return record(RecordKind::TlsBlock, payload);
}

// The outcome of STLS, for a dialogue that asks for TLS and writes certain
// octets.
struct TlsResult {
  bool asked = false;  // by the dialogue that is for it
  bool works = false;
  bool cut_off = false;
  bool second_greeting = false;
  bool is_offered_again = false;
  bool told = false;  // -ERR [SYS/TEMP], or that it is too late
  unsigned lines = 0;
  int exit_code = -1;
  std::string log;
};
enum class Tls { Writes, IsLate, IsTooLate, CannotFork };

TlsResult start_tls(std::string_view octets, Tls tls = Tls::Writes) {
  TlsResult result;
  const TlsServer server;
  Policy policy;
  policy.require_tls = true;
  Driver driver(policy, {.tls = true});
  if (tls == Tls::IsTooLate) driver.wait(kLoginMs - 10'000);
  driver.end_dialogue(stls());
  const auto start = driver->dialogue();
  result.asked = driver->starts_tls() && start.tls_control > 2 &&
                 start.main == popup::request_tls && !driver->greets();
  if (tls == Tls::CannotFork) {
    (void)driver->next_order();
    driver->dialogue_failed({"fork the dialogue", 0}, driver.now());
  } else if (tls == Tls::Writes) {
    driver.end_dialogue(octets);
  } else {
    (void)driver->next_order();
    driver.pass_deadline();
    result.asked &= driver.wants(Order::KillDialogue);
    driver->dialogue_ended(SIGKILL, driver.now());
  }
  result.log = driver.log();
  result.works = driver.wants(Order::StartDialogue);
  result.cut_off = server.client_is_cut_off();
  const auto next = driver->dialogue();
  result.second_greeting = !next.greeting.empty();
  result.is_offered_again =
      next.offer.stls || next.offer.locked == result.works;
  result.lines = next.tally.lines;
  if (result.works) return result;
  result.told = driver->reply() == (tls == Tls::IsTooLate ? kLate : kTemporary);
  driver->reply_sent(driver.now());
  driver->input_discarded();
  if (driver.wants(Order::Close)) result.exit_code = driver->exit_code();
  return result;
}

}  // namespace

TEST(TLS_begins_with_an_answer_in_parts) {
  const std::string first =
      "SSL_A=" + std::string(popup::kLongestPayload - 6, 'x');
  const std::string last = "yz\0SSL_PROTOCOL=TLSv1.3\0\0"s;
  const auto result = start_tls(block(first) + block(last) + quit());
  CHECK(result.asked && result.works && !result.cut_off);
  CHECK(!result.second_greeting && !result.is_offered_again);
  CHECK_EQUAL(result.lines, 2U);
  CHECK_EQUAL(result.log, "");
}

TEST(an_entry_of_the_TLS_server_without_a_value_is_logged) {
  const auto result = start_tls(block("SSL_PROTOCOL\0SSL_A=1\0\0"sv) + quit());
  CHECK(result.works);
  CHECK_EQUAL(result.log,
              "popup: event=tls error=\"a variable of the TLS server's has no "
              "=\" entry=SSL_PROTOCOL\n");
}

TEST(TLS_that_fails_ends_the_connection) {
  const std::string longest(popup::kLongestPayload, 'x');
  std::string flood;
  while (flood.size() < popup::kLongestTlsBlock + 2 * longest.size())
    flood += block(longest);
  struct Row {
    std::string octets;
    std::string error;
    Tls tls = Tls::Writes;
  };
  const std::string lie = "\"false record of the dialogue\"";
  for (const auto& [octets, error, tls] :
       {Row{record(RecordKind::Failure, "no luck"), "\"no luck\""},
        Row{block("SSL_A"), "\"the dialogue died\""},
        Row{"", "\"no answer in time\"", Tls::IsLate},
        Row{"", "\"no answer in time\"", Tls::IsTooLate},
        Row{"", "\"unable to fork the dialogue\"", Tls::CannotFork},
        // A flood of short parts would reach the limit of octets very late.
        Row{block("") + block(""), lie}, Row{block("x") + block("x"), lie},
        Row{flood, lie}, Row{block("SSL_A=1\0"sv) + quit(), lie},
        Row{quit(), lie}, Row{pass(), lie}, Row{"V\xff\xff", lie},
        Row{refused("x"), lie}}) {
    const auto result = start_tls(octets, tls);
    CHECK(result.asked && !result.works && result.cut_off && result.told);
    CHECK(!result.is_offered_again);
    CHECK_EQUAL(result.exit_code, tls == Tls::IsTooLate ? 0 : 111);
    CHECK_EQUAL(result.log, "popup: event=tls error=" + error +
                                " ip=192.0.2.1 port=1100\n" +
                                login_line("result=temporary mech=-"));
  }
}

TEST(a_login_declines_the_TLS_process) {
  bool alone_before = true;
  bool alone = false;
  {
    const TlsServer server;
    Driver driver({}, {.tls = true});
    alone_before = server.is_alone();
    driver.end_dialogue(pass());
    alone = server.is_alone();
  }
  CHECK(!alone_before);
  CHECK(alone);
}

// --- The checker -------------------------------------------------------------

TEST(credentials_are_kept_until_the_checker_starts) {
  Driver driver;
  driver.end_dialogue(pass());
  CHECK(driver.wants(Order::StartChecker));
  CHECK_EQUAL(driver->credentials().view(),
              "joe\0"s + std::string(kSecret) + "\0\0PASS\0"s);
  CHECK_EQUAL(driver->login(), "joe");
  CHECK(driver->awaits_checker());
  CHECK_EQUAL(driver.deadline(), kLoginMs);
  driver->checker_started();
  CHECK(!driver->awaits_checker());
  CHECK(driver->credentials().empty());
  CHECK(!driver.holds(kSecret));
  CHECK(driver.wants(Order::Wait));
  CHECK_EQUAL(driver.log(), "");
}

TEST(only_the_challenge_of_popup_reaches_the_checker) {
  struct Row {
    bool apop;
    Mechanism mechanism;
    bool stamped;
  };
  for (const auto& [apop, mechanism, stamped] :
       {Row{false, Mechanism::Plain, false}, Row{true, Mechanism::Plain, true},
        Row{true, Mechanism::Apop, true},
        Row{false, Mechanism::CramMd5, true}}) {
    Policy policy;
    policy.offer.apop = apop;
    policy.offer.cram_md5 = true;
    Driver driver(policy);
    driver.end_dialogue(submission(
        {.mechanism = mechanism, .login = "joe", .secret = kSecret}));
    CHECK(driver.wants(Order::StartChecker));
    CHECK_EQUAL(driver->credentials().view(),
                "joe\0"s + std::string(kSecret) + '\0' +
                    std::string(stamped ? kChallenge : "") + '\0' +
                    std::string(lib::mechanism_name(mechanism)) + '\0');
  }
}

TEST(a_malformed_response_is_refused_without_a_checker) {
  Driver driver;
  driver.end_dialogue(submission({.mechanism = Mechanism::Plain}));
  CHECK_EQUAL(driver.log(),
              login_line("result=denied mech=PLAIN", " cause=malformed"));
  CHECK(driver.wants(Order::WatchClient));
  CHECK(!driver->awaits_checker());
  CHECK_EQUAL(driver.deadline(), 2000);
  driver.pass_deadline();
  CHECK(driver.wants(Order::SendReply));
  CHECK_EQUAL(driver->reply(), "-ERR [AUTH] bad authentication data\r\n");
  driver->reply_sent(driver.now());
  CHECK(driver.wants(Order::StartDialogue));
}

TEST(a_session_begins_with_the_status_byte) {
  for (const bool refused : {false, true}) {
    Driver driver;
    driver.start_checker();
    driver->served(refused);
    CHECK(driver.wants(Order::HandOver));
    CHECK_EQUAL(driver.deadline(), kNever);
    CHECK(!driver.holds(kSecret));
    CHECK_EQUAL(driver.log(),
                refused ? login_line("result=denied user=joe mech=PASS",
                                     " cause=sessions")
                        : login_line("result=ok user=joe mech=PASS"));
  }
}

TEST(a_checker_that_cannot_be_started_is_a_temporary_failure) {
  Driver driver;
  driver.end_dialogue(pass());
  CHECK(driver.wants(Order::StartChecker));
  driver->checker_failed({"run the checker", ENOENT, "checkpw"});
  CHECK(driver->credentials().empty());
  CHECK(!driver->awaits_checker());
  CHECK(!driver.holds(kSecret));
  CHECK_EQUAL(driver.log(),
              "popup: event=warning cause=\"unable to run the checker: No such "
              "file or directory\" errno=2 file=checkpw\n" +
                  login_line("result=temporary mech=PASS"));
  CHECK(driver.is_closed_after(kTemporary, 111));
}

TEST(waiting_for_a_checker_in_vain_is_a_temporary_failure) {
  Driver driver;
  driver.end_dialogue(pass());
  CHECK(driver.wants(Order::StartChecker));
  CHECK(driver.holds(kSecret));
  driver.pass_deadline();
  CHECK_EQUAL(driver.now(), kStart + kLoginMs);
  CHECK(driver->credentials().empty());
  CHECK(!driver->awaits_checker());
  CHECK(!driver.holds(kSecret));
  CHECK_EQUAL(driver.log(),
              login_line("result=temporary mech=PASS", " cause=checkers"));
  CHECK(driver.is_closed_after(kTemporary, 111));
}

TEST(a_client_may_leave_while_its_login_waits_for_a_checker) {
  Driver driver;
  driver.end_dialogue(pass());
  CHECK(driver.wants(Order::StartChecker));
  driver->client_left();
  CHECK(!driver->awaits_checker());
  CHECK(!driver.holds(kSecret));
  CHECK_EQUAL(driver.log(), login_line("result=gone mech=PASS"));
  CHECK(driver.is_closed(0));
}

// --- The penalty of the client's source --------------------------------------

TEST(the_greeting_waits_for_the_penalty) {
  Driver driver({}, {.penalty_ms = 8000});
  CHECK(driver->awaits_greeting());
  CHECK(driver.wants(Order::WatchClient));
  CHECK_EQUAL(driver.deadline(), 8000);
  driver.pass_deadline();
  CHECK(!driver->awaits_greeting());
  CHECK(driver->greets());
  CHECK_EQUAL(driver.deadline(), kLoginMs);
  driver.start_checker();
  driver->served(false);
  CHECK(driver.wants(Order::HandOver));
}

TEST(behind_a_proxy_the_penalty_follows_the_header) {
  Driver driver(behind_proxy());
  CHECK(!driver->awaits_greeting());
  driver.wait(5000);
  driver.end_dialogue(proxied(proxied_client()) + quit());
  CHECK(driver.wants(Order::AdmitClient));
  driver->set_penalty(4000);
  driver->admitted(true, driver.now());
  CHECK(driver.wants(Order::WatchClient));
  CHECK_EQUAL(driver.deadline(), 9000);
  driver.pass_deadline();
  CHECK(driver->greets());
  CHECK(driver.wants(Order::StartDialogue));
}

TEST(a_penalty_ends_at_the_deadline_of_the_login) {
  Policy policy;
  policy.login_seconds = 5;
  Driver driver(policy, {.penalty_ms = 16'000});
  CHECK(driver.wants(Order::WatchClient));
  CHECK_EQUAL(driver.deadline(), 5000);
  driver.pass_deadline();
  CHECK_EQUAL(driver.log(), login_line("result=timeout mech=-"));
  CHECK(driver.is_closed_after(kLate, 0));
}

TEST(a_client_may_leave_during_the_penalty) {
  Driver driver({}, {.penalty_ms = 8000});
  CHECK(driver.wants(Order::WatchClient));
  driver->client_left();
  CHECK_EQUAL(driver.log(), login_line("result=gone mech=-"));
  CHECK(driver.is_closed(0));
}

TEST(the_outcome_of_a_login_is_told) {
  using popup::EndCause;
  using popup::Ending;
  using popup::Outcome;
  const auto outcome = [](const Ending& ending) {
    Driver driver;
    driver.start_checker();
    return driver->checker_ended(ending, driver.now());
  };
  CHECK(outcome({.code = 0, .uid = getuid()}) == Outcome::Done);
  CHECK(outcome({.code = 1, .uid = getuid()}) == Outcome::Refused);
  CHECK(outcome({.code = 1, .uid = getuid() + 1}) == Outcome::RefusedForGood);
  CHECK(outcome({.code = 111, .uid = getuid()}) == Outcome::Temporary);
  // popup itself ended it: its exit code says nothing about the password.
  CHECK(outcome({.code = 1, .uid = getuid(), .cause = EndCause::Terminated}) ==
        Outcome::Temporary);
}

// --- The log -----------------------------------------------------------------

TEST(a_connection_without_a_login_try_is_logged_with_v_only) {
  const Setting normal{.verbosity = lib::Verbosity::Normal};
  Driver silent({}, normal);
  CHECK(silent.wants(Order::StartDialogue));
  silent.pass_deadline();
  CHECK(silent.wants(Order::KillDialogue));
  silent->dialogue_ended(SIGKILL, silent.now());
  CHECK_EQUAL(silent.log(), "");
  CHECK(!silent->is_noteworthy());
  Driver polite({}, normal);
  polite.end_dialogue(quit());
  CHECK_EQUAL(polite.log(), "");
  CHECK(!polite->is_noteworthy());
}

TEST(a_connection_with_a_login_try_is_logged) {
  Driver driver({}, {.verbosity = lib::Verbosity::Normal});
  driver.refuse_login();
  CHECK(driver->is_noteworthy());
  CHECK_EQUAL(driver.log(), login_line("result=denied mech=PASS"));
  driver.pass_deadline();
  CHECK(driver.wants(Order::SendReply));
  driver->reply_sent(driver.now());
  driver.end_dialogue(quit());
  CHECK_EQUAL(driver.log(),
              "popup: event=login result=gone mech=- ip=192.0.2.1 port=1100 "
              "tls=- try=2\n");
}

TEST(each_refusal_takes_twice_as_long_until_the_tries_are_over) {
  Policy policy;
  policy.tries = 4;
  Driver driver(policy);
  for (const int64_t seconds : {2, 4, 8, 16}) {
    const std::string number = std::to_string(seconds == 2   ? 1
                                              : seconds == 4 ? 2
                                                             : seconds / 8 + 2);
    if (seconds != 2) CHECK(!driver->greets());
    driver.refuse_login();
    CHECK(!driver.holds(kSecret));
    CHECK(driver.log().ends_with(" tls=- try=" + number + "\n"));
    CHECK(driver.wants(Order::WatchClient));
    CHECK_EQUAL(driver->deadline_ms(), driver.now() + seconds * 1000);
    driver.pass_deadline();
    if (seconds == 16) break;
    CHECK(driver.wants(Order::SendReply));
    CHECK_EQUAL(driver->reply(), kRefused);
    driver->reply_sent(driver.now());
    const auto next = driver->dialogue();
    CHECK(next.greeting.empty());
    CHECK_EQUAL(next.tally.bad_commands, 1U);
    CHECK_EQUAL(next.tally.lines, 3U);
    CHECK_EQUAL(next.tally.octets, 40U);
  }
  CHECK(driver.is_closed_after(kRefused, 0));
}

TEST(a_delay_ends_at_the_deadline_of_the_login) {
  Policy policy;
  policy.login_seconds = 5;
  policy.delay_seconds = 60;
  Driver driver(policy);
  driver.refuse_login();
  CHECK(driver.wants(Order::WatchClient));
  CHECK_EQUAL(driver.deadline(), 5000);
  driver.pass_deadline();
  CHECK(driver.is_closed_after(kRefused, 0));
}

TEST(a_client_may_leave_during_the_delay) {
  Driver driver;
  driver.refuse_login();
  CHECK(driver.wants(Order::WatchClient));
  driver->client_left();
  CHECK(driver.is_closed(0));
}

TEST(a_refusal_of_another_user_is_the_last) {
  Driver driver;
  driver.start_checker();
  driver->checker_ended({.code = 1, .uid = getuid() + 1}, driver.now());
  CHECK_EQUAL(driver.log(), login_line("result=denied mech=PASS"));
  CHECK(driver.is_closed_after(kRefused, 0));
}

TEST(a_checker_that_fails_is_a_temporary_failure) {
  struct Row {
    popup::Ending ending;
    std::string log;
  };
  for (const auto& [ending, log] :
       {Row{{.code = 111}, "exit=111"}, Row{{.code = 2}, "exit=2"},
        Row{{.by_signal = true, .code = SIGSEGV}, "signal=11"}}) {
    Driver driver;
    driver.start_checker();
    driver->checker_ended(ending, driver.now());
    CHECK_EQUAL(driver.log(), "popup: event=checker " + log + "\n" +
                                  login_line("result=temporary mech=PASS"));
    CHECK(driver.is_closed_after(kTemporary, 111));
  }
}

TEST(exit_code_0_without_a_status_byte_is_a_session) {
  Driver driver;
  driver.start_checker();
  driver->checker_ended({.code = 0}, driver.now());
  CHECK_EQUAL(driver.log(), login_line("result=ok user=joe mech=PASS"));
  CHECK(driver.is_closed(0));
}

TEST(a_late_checker_is_killed) {
  for (const bool serves : {false, true}) {
    Driver driver;
    driver.start_checker();
    driver.pass_deadline();
    CHECK_EQUAL(driver.now(), kStart + kLoginMs);
    CHECK(driver.wants(Order::KillChecker));
    driver->checker_killed();
    CHECK(driver.wants(Order::Wait));
    CHECK_EQUAL(driver.deadline(), kNever);
    if (serves) {
      // The server had announced itself just before.
      driver->served(false);
      CHECK(driver.wants(Order::HandOver));
      continue;
    }
    driver->checker_ended({.by_signal = true, .code = SIGKILL}, driver.now());
    CHECK_EQUAL(driver.log(), login_line("result=timeout mech=PASS"));
    CHECK(driver.is_closed_after(kTemporary, 111));
  }
}

TEST(a_server_without_a_status_byte_outlives_the_login_deadline) {
  for (const int code : {0, 1, 111}) {
    Driver driver;
    driver.start_checker();
    driver.pass_deadline();
    CHECK(driver.wants(Order::KillChecker));
    driver->checker_left_alone();
    CHECK_EQUAL(driver.deadline(), kNever);
    CHECK(driver.wants(Order::Wait));
    driver.wait(3'600'000);
    driver->checker_ended({.code = code, .uid = getuid()}, driver.now());
    if (code == 0) {
      CHECK_EQUAL(driver.log(), login_line("result=ok user=joe mech=PASS"));
      CHECK(driver.is_closed(0));
    } else if (code == 1) {
      CHECK_EQUAL(driver.log(), login_line("result=denied mech=PASS"));
      CHECK(driver.wants(Order::WatchClient));
      CHECK(driver->deadline_ms() <= driver.now());
      driver->deadline_passed(driver.now());
      CHECK(driver.is_closed_after(kRefused, 0));
    } else {
      CHECK(driver.is_closed_after(kTemporary, 111));
    }
  }
}

TEST(a_checker_that_popup_has_ended_is_logged) {
  struct Row {
    popup::Ending ending;
    std::string log;
    int exit_code;
  };
  using popup::EndCause;
  for (const auto& [ending, log, exit_code] :
       {Row{{.by_signal = true, .code = 15, .cause = EndCause::Terminated},
            "reason=terminated signal=15",
            0},
        Row{{.by_signal = true, .code = 9, .cause = EndCause::ClientGone},
            "reason=gone signal=9",
            0},
        Row{{.code = 111, .cause = EndCause::TooLong},
            "reason=limit exit=111",
            0}}) {
    Driver driver;
    driver.start_checker();
    driver->checker_ended(ending, driver.now());
    CHECK_EQUAL(driver.log(), "popup: event=server " + log + " ip=192.0.2.1\n");
    CHECK(driver.is_closed(exit_code));
  }
}

TEST(a_checker_that_does_not_end_is_an_error) {
  Driver driver;
  driver.start_checker();
  driver->checker_ended({.alive = true, .cause = popup::EndCause::Terminated},
                        driver.now());
  CHECK(
      driver.log().ends_with("popup: event=server reason=terminated "
                             "error=\"it does not end\" user=joe "
                             "ip=192.0.2.1\n"));
  CHECK(driver.is_closed(111));
}

// --- Replies -----------------------------------------------------------------

TEST(a_client_that_takes_no_reply_is_closed_at_the_deadline) {
  Driver driver;
  driver.end_dialogue(pass());
  CHECK(driver.wants(Order::StartChecker));
  driver->checker_failed({"run the checker", 0});
  CHECK(driver.wants(Order::SendReply));
  CHECK_EQUAL(driver.deadline(), kLoginMs);
  driver.pass_deadline();
  CHECK(driver.wants(Order::DiscardInput));
  CHECK_EQUAL(driver.deadline(), kLoginMs);
  driver.pass_deadline();
  CHECK(driver.is_closed(111));
}

TEST(a_client_that_takes_no_refusal_gets_no_time_for_another_try) {
  Driver driver;
  driver.refuse_login();
  CHECK(driver.wants(Order::WatchClient));
  driver.pass_deadline();
  CHECK(driver.wants(Order::SendReply));
  CHECK_EQUAL(driver.deadline(), kLoginMs);
  driver.pass_deadline();
  CHECK(driver.wants(Order::StartDialogue));
  CHECK_EQUAL(driver.deadline(), kLoginMs);
  driver.pass_deadline();
  CHECK(driver.wants(Order::KillDialogue));
  driver->dialogue_ended(SIGKILL, driver.now());
  CHECK(driver.is_closed_after(kLate, 0));
}

TEST(nothing_happens_after_the_end) {
  Driver driver;
  driver.end_dialogue("", 0);
  CHECK(driver.is_closed(0));
  driver->dialogue_ended(SIGKILL, driver.now());
  driver->deadline_passed(driver.now());
  CHECK(driver.wants(Order::Wait));
  CHECK_EQUAL(driver->exit_code(), 0);
}

// --- The TLS helper ----------------------------------------------------------

namespace {

Policy with_helper() {
  Policy policy;
  policy.require_tls = true;
  CHECK(policy.tls_helper.set_command("  helper -a  b "));
  CHECK(policy.tls_helper.words ==
        std::vector<std::string>({"helper", "-a", "b"}));
  return policy;
}

std::string tls_error(std::string_view error) {
  return "popup: event=tls error=\"" + std::string(error) +
         "\" ip=192.0.2.1 port=1100\n" + login_line("result=temporary mech=-");
}

}  // namespace

TEST(a_tls_helper_is_started_after_stls_or_at_once) {
  for (const bool at_once : {false, true}) {
    Driver driver(with_helper(), {.tls_at_once = at_once});
    if (!at_once) {
      CHECK(driver->dialogue().offer.stls);
      driver.end_dialogue(stls());
    } else {
      CHECK(driver->awaits_hello());
      CHECK(driver.wants(Order::WatchClient));
      CHECK_EQUAL(driver.deadline(), 30'000);
      driver->client_spoke();
    }
    CHECK(driver.wants(Order::StartTls));
    CHECK(!driver->is_in_dialogue());
    driver->tls_started(driver.now());
    CHECK_EQUAL(driver.deadline(), 30'000);
    const auto start = driver->dialogue();
    CHECK(start.main == popup::await_tls);
    CHECK(start.greeting.empty());
    driver.end_dialogue(quit());
    const auto next = driver->dialogue();
    CHECK_EQUAL(next.greeting.empty(), !at_once);
    CHECK(!next.offer.stls);
    CHECK(!next.offer.locked);
    CHECK_EQUAL(next.tally.lines, at_once ? 0U : 2U);
    CHECK_EQUAL(driver.deadline(), kLoginMs);
    driver.start_checker();
    driver->served(false);
    CHECK(driver.log().find(" tls=yes ") != std::string::npos);
  }
}

TEST(tls_begins_behind_the_proxy_header) {
  for (const bool local : {false, true}) {
    Policy policy = with_helper();
    policy.proxies = behind_proxy().proxies;
    Driver driver(policy, {.tls_at_once = true});
    auto client = proxied_client();
    client.local = local;
    client.tls = true;  // to the proxy; this port expects it as well
    driver.end_dialogue(proxied(client) + quit());
    if (!local) {
      CHECK(driver.wants(Order::AdmitClient));
      driver->admitted(true, driver.now());
    }
    CHECK(driver.wants(Order::WatchClient));
    driver->client_spoke();
    CHECK(driver.wants(Order::StartTls));
  }
}

TEST(a_tls_helper_that_fails_ends_the_connection) {
  struct Row {
    std::string octets;
    bool failed;
    std::string_view error;
  };
  for (const auto& [octets, failed, error] : std::vector<Row>{
           {record(RecordKind::Failure, "no key"), false, "no key"},
           {record(RecordKind::Failure, "no key"), true, "no key"},
           {quit(), true, "the TLS helper failed"},
           {block("SSL_A=1\0\0"sv) + quit(), false,
            "false record of the dialogue"},
           {"?", false, "false record of the dialogue"},
           {"", false, "the dialogue died"}}) {
    Driver driver(with_helper(), {.tls_at_once = true});
    driver->client_spoke();
    CHECK(driver.wants(Order::StartTls));
    driver->tls_started(driver.now());
    if (failed) driver->tls_helper_failed();
    driver.end_dialogue(octets);
    CHECK_EQUAL(driver.log(), tls_error(error));
    CHECK(driver.is_closed(111));
  }
}

TEST(a_tls_helper_that_cannot_start_ends_the_connection) {
  Driver driver(with_helper());
  driver.end_dialogue(stls());
  CHECK(driver.wants(Order::StartTls));
  driver->tls_failed({"run the TLS helper", ENOENT}, driver.now());
  CHECK_EQUAL(driver.log(), tls_error("unable to run the TLS helper: No such "
                                      "file or directory"));
  CHECK(driver.is_closed(111));
}

TEST(a_tls_helper_has_30_seconds_within_the_login) {
  for (const int64_t late : {0, 170'000}) {
    Driver driver(with_helper());
    driver.wait(late);
    driver.end_dialogue(stls());
    CHECK(driver.wants(Order::StartTls));
    driver->tls_started(driver.now());
    CHECK(driver.wants(Order::StartDialogue));
    CHECK_EQUAL(driver.deadline(), late == 0 ? 30'000 : kLoginMs);
    driver.pass_deadline();
    CHECK(driver.wants(Order::KillDialogue));
    driver->dialogue_ended(SIGKILL, driver.now());
    CHECK_EQUAL(driver.log(), tls_error("no answer in time"));
    CHECK(driver.is_closed(0));
  }
}

TEST(tls_at_once_begins_after_the_penalty) {
  for (const int64_t penalty_ms : {int64_t{4000}, 2 * kLoginMs}) {
    Driver driver(with_helper(),
                  {.tls_at_once = true, .penalty_ms = penalty_ms});
    CHECK(driver.wants(Order::WatchClient));
    driver.pass_deadline();
    if (penalty_ms < kLoginMs) {
      CHECK(driver->awaits_hello());
    } else {
      // It is too late for TLS, and no reply goes out without it.
      CHECK(driver.is_closed(0));
    }
  }
}

TEST(before_tls_at_once_a_silent_client_gets_no_process) {
  for (const bool leaves : {false, true}) {
    Driver driver(with_helper(), {.tls_at_once = true});
    CHECK(driver.wants(Order::WatchClient));
    if (leaves)
      driver->client_left();
    else
      driver.pass_deadline();
    CHECK_EQUAL(driver.log(), login_line(leaves ? "result=gone mech=-"
                                                : "result=timeout mech=-"));
    CHECK(driver.is_closed(0));
  }
}
