// SPDX-License-Identifier: ISC
// One-shot dialogues, also under an intruder's control: the result or the
// reason.
#include "popup/broker/one_shot.h"

#include <unistd.h>

#include "lib/io/io.h"
#include "tests/unit/unit.h"

using popup::DialogueSettings;
using popup::RecordKind;

namespace {

void send(int records, RecordKind kind, std::string_view payload) {
  popup::RecordText text;
  popup::encode_record(kind, payload, text);
  if (!lib::write_all(records, text.view())) _exit(1);
}

void answer_in_parts(const DialogueSettings&, int records) {
  send(records, RecordKind::TlsBlock,
       "SSL_A=" + std::string(popup::kLongestPayload - 6, 'x'));
  send(records, RecordKind::TlsBlock, "end");
  send(records, RecordKind::Quit, "");
  _exit(0);
}
void fail(const DialogueSettings&, int records) {
  send(records, RecordKind::Failure, "no luck");
  for (;;) pause();
}
void flood(const DialogueSettings&, int records) {
  for (;;) send(records, RecordKind::TlsBlock, std::string(600, 'x'));
}
void flood_with_nothing(const DialogueSettings&, int records) {
  for (;;) send(records, RecordKind::TlsBlock, "");
}
void flood_with_little(const DialogueSettings&, int records) {
  for (;;) send(records, RecordKind::TlsBlock, "x");
}
void refuse_and_hang(const DialogueSettings&, int records) {
  send(records, RecordKind::Refused, "\x16");
  for (;;) pause();
}
void refuse_forever(const DialogueSettings&, int records) {
  for (;;) send(records, RecordKind::Refused, "x");
}
void refuse_at_length(const DialogueSettings&, int records) {
  send(records, RecordKind::Refused, std::string(33, 'x'));
  for (;;) pause();
}
void log_in(const DialogueSettings&, int records) {
  popup::RecordText text;
  popup::encode_submission(
      {.mechanism = lib::Mechanism::Pass, .login = "joe", .secret = "x"}, text);
  (void)lib::write_all(records, text.view());
  for (;;) pause();
}
void babble(const DialogueSettings&, int records) {
  (void)lib::write_all(records, "V\xff\xff");
  for (;;) pause();
}
void die(const DialogueSettings&, int records) {
  send(records, RecordKind::TlsBlock, "SSL_A");
  _exit(0);
}
void hang(const DialogueSettings&, int) {
  for (;;) pause();
}

// The result, or "! " and the failure.
std::string fetch(popup::DialogueProcess::Main main, int seconds = 20) {
  const popup::Jail jail;
  const popup::Offer offer;
  popup::FailureText failure;
  const auto fetched = popup::run_one_shot(
      {.jail = jail, .offer = offer}, main, RecordKind::TlsBlock,
      lib::Deadline::in_seconds(seconds), failure);
  return fetched ? *fetched : "! " + std::string(failure.view());
}

}  // namespace

TEST(a_one_shot_dialogue_returns_all_parts) {
  CHECK_EQUAL(fetch(answer_in_parts),
              "SSL_A=" + std::string(popup::kLongestPayload - 6, 'x') + "end");
}

TEST(a_failed_one_shot_dialogue_gives_the_reason) {
  CHECK_EQUAL(fetch(fail), "! no luck");
  CHECK_EQUAL(fetch(die), "! the dialogue died");
  CHECK_EQUAL(fetch(hang, 1), "! no answer in time");
}

// A flood of them would reach the limit of octets very late, or never.
TEST(empty_and_short_parts_are_malformed_records) {
  for (const auto talk : {flood_with_nothing, flood_with_little})
    CHECK_EQUAL(fetch(talk), "! false record of the dialogue");
}

// Fetches a header; returns the failure and the refused octets.
std::string refused(popup::DialogueProcess::Main main) {
  const popup::Jail jail;
  const popup::Offer offer;
  popup::FailureText failure;
  CHECK(!popup::run_one_shot({.jail = jail, .offer = offer}, main,
                             RecordKind::Proxied,
                             lib::Deadline::in_seconds(600), failure));
  return std::string(failure.view()) + ": " +
         std::string(failure.refused_octets.view());
}

TEST(a_refused_header_is_quoted_without_further_waiting) {
  CHECK_EQUAL(refused(refuse_and_hang), "bad PROXY header: \x16");
  CHECK_EQUAL(refused(refuse_forever), "false record of the dialogue: x");
  CHECK_EQUAL(refused(refuse_at_length), "false record of the dialogue: ");
}

TEST(any_other_record_of_a_one_shot_dialogue_is_refused) {
  for (const auto talk : {flood, log_in, babble})
    CHECK_EQUAL(fetch(talk), "! false record of the dialogue");
}
