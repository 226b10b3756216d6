// SPDX-License-Identifier: ISC
// A connection whose dialogues write any octets, and whose processes, client
// and clock do anything that they may do.  Its orders are possible and come in
// a legal sequence.  It starts a checker only with credentials that popup
// itself can have made.  It sends no reply after its end.  It ends in time,
// with the right exit code.
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "popup/broker/connection.h"

namespace {

using popup::Connection;
using popup::RecordKind;
using Order = Connection::Order;

constexpr int64_t kStart = 1'000'000;
// The deadline of a login, and the wait for a dialogue that does not die.
constexpr int64_t kLongestMs = 180'000 + 3000;
constexpr std::string_view kChallenge = "<1.2.3@mx.example.org>";

// Discards the log until it is destroyed, but not the sanitizers' reports.
class Silence {
 public:
  Silence() {
    // The interface wants the number as a pointer.
    __sanitizer_set_report_fd(reinterpret_cast<void*>(intptr_t{saved_}));
    if (freopen("/dev/null", "w", stderr) == nullptr) abort();
  }
  ~Silence() { dup2(saved_, 2); }

 private:
  static inline const int saved_ = dup(2);
};

void demand(bool truth) {
  if (!truth) abort();
}

// The input; after its end only zeros come.
class Choices {
 public:
  Choices(const uint8_t* data, size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  unsigned next() {
    if (rest_.empty()) return 0;
    const auto octet = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return octet;
  }
  std::string_view text(size_t most) {
    const std::string_view text = rest_.substr(0, most);
    rest_.remove_prefix(text.size());
    return text;
  }

 private:
  std::string_view rest_;
};

popup::Policy make_policy(unsigned bits) {
  popup::Policy policy;
  policy.hostname = "mx.example.org";
  policy.offer.apop = (bits & 1U) != 0;
  policy.offer.cram_md5 = (bits & 2U) != 0;
  policy.proxies.expected = (bits & 4U) != 0;
  policy.proxies.trust("192.0.2.0/24");
  policy.require_tls = (bits & 8U) != 0;
  policy.delay_seconds = (bits & 16U) != 0 ? 0 : 2;
  if ((bits & 128U) != 0) policy.tls_helper.set_command("helper");
  return policy;
}

// Does what the loop does, without processes and without a clock.
class World {
 public:
  World(Choices& choices, unsigned bits)
      : choices_(choices),
        policy_(make_policy(bits)),
        trace_(log_, (bits & 32U) != 0, {}),
        connection_(policy_, log_, trace_, ucspi_tls_, challenge()) {
    lib::Client client;
    client.ip << ((bits & 64U) != 0 ? "198.51.100.1" : "192.0.2.1");
    client.port << "1100";
    connection_.set_client(client);
    // No penalty, a short one, and one longer than a login may take.
    connection_.set_penalty(int64_t{bits % 3} * 100'000);
    connection_.begin(now_ms_, (bits & 384U) == 384);
  }

  // Obeys an order, or makes an event happen if there is none.  False after
  // the end.
  bool step() {
    const Order order = connection_.next_order();
    demand(connection_.next_order() == Order::Wait);
    switch (order) {
      case Order::Wait: happen(); break;
      case Order::StartDialogue: start_dialogue(); break;
      case Order::KillDialogue:
        demand(dialogue_ && !connection_.is_in_dialogue());
        killed_ = true;
        break;
      case Order::StartTls:
        demand(!dialogue_ && !checker_ && policy_.tls_helper.available());
        demand(!std::exchange(tls_, true));
        if (choices_.next() % 8 == 1)
          connection_.tls_failed({"run the TLS helper"}, now_ms_);
        else
          connection_.tls_started(now_ms_);
        if (choices_.next() % 8 == 1) connection_.tls_helper_failed();
        break;
      case Order::AdmitClient:
        demand(!dialogue_ && policy_.proxies.expected &&
               connection_.is_proxied());
        connection_.admitted(choices_.next() % 8 != 1, now_ms_);
        break;
      case Order::StartChecker: check_credentials(); break;
      case Order::KillChecker: kill_checker(); break;
      case Order::SendReply:
        demand(!dialogue_ && !checker_);
        demand(connection_.reply().starts_with("-ERR ") &&
               connection_.reply().ends_with("\r\n"));
        doing_ = order;
        break;
      case Order::WatchClient:
      case Order::DiscardInput:
        demand(!dialogue_ && !checker_);
        doing_ = order;
        break;
      case Order::HandOver: demand(checker_); return end();
      case Order::Close:
        demand(!dialogue_ && !checker_);
        demand(connection_.exit_code() == 0 || connection_.exit_code() == 111);
        return end();
    }
    return true;
  }

 private:
  static popup::Challenge challenge() {
    popup::Challenge challenge;
    challenge << kChallenge;
    return challenge;
  }

  void start_dialogue() {
    demand(!dialogue_ && !checker_ && !waits_for_place_);
    demand(++dialogues_ <=
           policy_.tries + (policy_.proxies.expected ? 1 : 0) + (tls_ ? 2 : 0));
    const auto start = connection_.dialogue();
    demand(start.greeting.empty() != connection_.greets());
    // The records of the dialogue before it are gone.
    demand(connection_.records().size() ==
           popup::kRecordHeader + popup::kLongestPayload);
    doing_ = Order::Wait;
    hung_ = false;
    if (choices_.next() % 16 == 1)
      return connection_.dialogue_failed({"fork the dialogue"}, now_ms_);
    dialogue_ = true;
    killed_ = false;
  }

  void check_credentials() {
    demand(!dialogue_ && !checker_);
    const std::string_view record = connection_.credentials().view();
    demand(!record.empty() && record.size() <= 512);
    const auto credentials = lib::decode_credentials(record);
    demand(credentials && !credentials->login.empty() &&
           !credentials->secret.empty());
    demand(connection_.dialogue().offer.has(credentials->mechanism));
    demand(credentials->timestamp.empty() ||
           credentials->timestamp == kChallenge);
    demand(credentials->login == connection_.login());
    waits_for_place_ = true;
  }

  void kill_checker() {
    demand(checker_);
    if (choices_.next() % 2 == 0) {
      connection_.checker_killed();
    } else {
      left_alone_ = true;
      connection_.checker_left_alone();
    }
  }

  // Makes an event happen that is possible now.
  void happen() {
    const unsigned choice = choices_.next();
    demand(connection_.awaits_checker() == waits_for_place_);
    // A connection always waits for a deadline or for its checker's end.
    demand(connection_.deadline_ms() != INT64_MAX || checker_);
    // Nothing goes on long after the deadline of the login.
    demand(left_alone_ || now_ms_ <= kStart + kLongestMs);
    if (choice % 8 == 0 && connection_.deadline_ms() != INT64_MAX)
      return pass_deadline();
    if (choice % 8 == 1 && now_ms_ + 500 < connection_.deadline_ms())
      now_ms_ += 500;
    // The dialogue that did not die ends late, which changes nothing.
    if (choice % 8 == 7 && std::exchange(hung_, false))
      connection_.dialogue_ended(SIGKILL, now_ms_);
    else if (dialogue_)
      killed_ ? end_dialogue(choice / 8) : write(choice / 8);
    else if (waits_for_place_)
      start_checker(choice / 8);
    else if (checker_)
      use_checker(choice / 8);
    else if (doing_ == Order::SendReply)
      connection_.reply_sent(now_ms_);
    else if (doing_ == Order::WatchClient && choice / 8 == 1)
      connection_.client_left();
    else if (connection_.awaits_hello() && choice / 8 == 2)
      connection_.client_spoke();
    else if (doing_ == Order::DiscardInput)
      connection_.input_discarded();
    else
      pass_deadline();
  }

  void pass_deadline() {
    now_ms_ = std::max(now_ms_, connection_.deadline_ms());
    // This ends the wait for a dialogue that does not die, or for a place.
    hung_ = hung_ || (dialogue_ && killed_);
    if (hung_) dialogue_ = false;
    waits_for_place_ = false;
    connection_.deadline_passed(now_ms_);
  }

  void end_dialogue(unsigned choice) {
    dialogue_ = false;
    connection_.dialogue_ended(choice % 2 == 0 ? SIGKILL : 0, now_ms_);
  }

  void write(unsigned choice) {
    popup::RecordText text;
    switch (choice % 8) {
      case 0: return connection_.records_came(0, now_ms_);
      case 1: return send(choices_.text(choices_.next()));
      case 2: {
        constexpr std::string_view kKinds = "CSPRVQXFT";
        const char kind = kKinds[choices_.next() % kKinds.size()];
        popup::encode_record(static_cast<RecordKind>(kind),
                             choices_.text(choices_.next()), text);
        break;
      }
      case 3: {
        const auto mechanism =
            static_cast<lib::Mechanism>(1 + choices_.next() % 5);
        const auto login = choices_.text(choices_.next());
        popup::encode_submission(
            {.mechanism = mechanism,
             .login = login,
             .secret = login.empty() ? "" : choices_.text(choices_.next())},
            text);
        break;
      }
      case 4: {
        popup::ProxiedClient client;
        client.local = choices_.next() % 2 == 0;
        client.tls = choices_.next() % 2 == 0;
        popup::encode_proxied(client, text);
        send(text.view());
        popup::encode_record(RecordKind::Quit, {}, text);
        break;
      }
      case 5: popup::encode_start_tls({}, text); break;
      default: popup::encode_record(RecordKind::Quit, {}, text);
    }
    send(text.view());
  }
  // Sends pieces that fit the reader's buffer.
  void send(std::string_view octets) {
    while (!octets.empty() && connection_.is_in_dialogue()) {
      const auto room = connection_.records();
      demand(!room.empty());
      const size_t count = std::min(octets.size(), room.size());
      std::copy_n(octets.begin(), count, room.begin());
      octets.remove_prefix(count);
      connection_.records_came(count, now_ms_);
    }
  }

  void start_checker(unsigned choice) {
    waits_for_place_ = false;
    if (choice % 8 == 1) return connection_.checker_failed({"run the checker"});
    connection_.checker_started();
    demand(connection_.credentials().empty());
    checker_ = true;
  }

  void use_checker(unsigned choice) {
    if (choice % 4 == 0) return connection_.served(choice % 8 == 4);
    checker_ = false;
    popup::Ending ending{.by_signal = choice % 4 == 1,
                         .code = static_cast<int>(choices_.next()),
                         .uid = getuid() + choice % 4 / 3};
    if (choice > 16) ending.cause = popup::EndCause::Terminated;
    if (choice > 24) ending.alive = true;
    connection_.checker_ended(ending, now_ms_);
  }

  // Late events change nothing.
  bool end() {
    demand(connection_.deadline_ms() == INT64_MAX);
    connection_.dialogue_ended(SIGKILL, now_ms_);
    connection_.deadline_passed(now_ms_);
    demand(connection_.next_order() == Order::Wait);
    demand(connection_.credentials().empty());
    return false;
  }

  Choices& choices_;
  popup::Policy policy_;
  lib::Log log_{"popup"};
  lib::Trace trace_;
  popup::UcspiTls ucspi_tls_;  // none
  Connection connection_;
  int64_t now_ms_ = kStart;

  Order doing_ = Order::Wait;  // something that takes time
  bool tls_ = false;           // it was started
  bool dialogue_ = false;
  bool killed_ = false;
  bool hung_ = false;  // it was given up
  unsigned dialogues_ = 0;
  bool waits_for_place_ = false;
  bool checker_ = false;
  bool left_alone_ = false;
};

}  // namespace

// The first octet is the policy.  The others are events and their data.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Silence silence;
  Choices choices(data, size);
  // Every second policy with a helper starts TLS at once.
  const unsigned bits = choices.next();
  World world(choices, bits | (bits & 1U) << 8U);
  // An event takes an octet of input; without any, deadlines pass.
  size_t steps = 2 * size + 100;
  while (world.step()) demand(--steps != 0);
  return 0;
}
