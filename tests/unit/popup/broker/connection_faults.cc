// SPDX-License-Identifier: ISC
// What a connection makes of dialogues that lie.
#include <algorithm>
#include <cstddef>
#include <string_view>

#include "popup/broker/connection.h"
#include "tests/unit/unit.h"

using popup::Connection;
using popup::RecordText;
using popup::Submission;
using Order = Connection::Order;

namespace {

void write_submission(Connection& connection, const Submission& submission,
                      size_t& octets) {
  RecordText text;
  popup::encode_submission(submission, text);
  std::ranges::copy(text.view(), connection.records().begin() +
                                     static_cast<std::ptrdiff_t>(octets));
  octets += text.size();
}

}  // namespace

TEST(what_follows_the_last_record_of_a_dialogue_is_not_read) {
  const popup::Policy policy;
  lib::Log log("popup");
  log.set_verbosity(lib::Verbosity::Quiet);
  const lib::Trace trace(log, false, {});
  popup::UcspiTls tls;
  Connection connection(policy, log, trace, tls, {});
  connection.begin(0);
  CHECK(connection.next_order() == Order::StartDialogue);
  // An empty submission is refused; another one comes with it.
  size_t octets = 0;
  const auto mechanism = lib::Mechanism::Pass;
  write_submission(connection, {.mechanism = mechanism}, octets);
  write_submission(connection,
                   {.mechanism = mechanism, .login = "joe", .secret = "x"},
                   octets);
  connection.records_came(octets, 1);
  CHECK(connection.next_order() == Order::KillDialogue);
  connection.dialogue_ended(0, 1);
  CHECK(connection.next_order() == Order::WatchClient);
  connection.deadline_passed(connection.deadline_ms());
  CHECK(connection.next_order() == Order::SendReply);
  connection.reply_sent(4000);
  CHECK(connection.next_order() == Order::StartDialogue);
  connection.records()[0] = 'Q';
  connection.records_came(1, 4001);
  CHECK(connection.next_order() == Order::Wait);
}
