// SPDX-License-Identifier: ISC
// Short dialogues that an intruder runs.
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

// What was fetched in time, or the failure behind "! ".
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

TEST(an_errand_brings_what_it_was_sent_for) {
  CHECK_EQUAL(fetch(answer_in_parts),
              "SSL_A=" + std::string(popup::kLongestPayload - 6, 'x') + "end");
}

TEST(an_errand_that_fails_says_why) {
  CHECK_EQUAL(fetch(fail), "! no luck");
  CHECK_EQUAL(fetch(die), "! the dialogue died");
  CHECK_EQUAL(fetch(hang, 1), "! no answer in time");
}

// Each record would bring the flood no nearer to its limit of octets.
TEST(an_errand_takes_no_empty_and_no_short_parts) {
  for (const auto talk : {flood_with_nothing, flood_with_little})
    CHECK_EQUAL(fetch(talk), "! false record of the dialogue");
}

// Fetches a header: the failure, and the octets that were refused.
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

TEST(what_is_no_header_is_quoted_and_not_waited_for) {
  CHECK_EQUAL(refused(refuse_and_hang), "bad PROXY header: \x16");
  CHECK_EQUAL(refused(refuse_forever), "false record of the dialogue: x");
  CHECK_EQUAL(refused(refuse_at_length), "false record of the dialogue: ");
}

TEST(an_errand_that_brings_anything_else_is_not_believed) {
  for (const auto talk : {flood, log_in, babble})
    CHECK_EQUAL(fetch(talk), "! false record of the dialogue");
}
