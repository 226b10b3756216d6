// SPDX-License-Identifier: ISC
// Hostile dialogues: the broker kills or refuses a dialogue under an intruder's
// control.
#include "popup/broker/dialogue_process.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "lib/io/io.h"
#include "popup/dialogue/confinement.h"
#include "tests/unit/unit.h"

using popup::DialogueProcess;
using popup::DialogueSettings;

namespace {

void hang(const DialogueSettings&, int) {
  for (;;) pause();
}

void flood(const DialogueSettings&, int records) {
  popup::RecordText text;
  popup::encode_record(popup::RecordKind::Trace, "x", text);
  while (lib::write_all(records, text.view())) {
  }
}

void lie(const DialogueSettings&, int records) {
  (void)lib::write_all(records, "C\xff\xffroot");
  for (;;) pause();
}

void die(const DialogueSettings&, int) {
  raise(SIGKILL);
}

// The first event within a second other than a record.
DialogueProcess::Event outcome(DialogueProcess::Main main, int& signal) {
  const popup::Jail jail;
  const popup::Offer offer;
  auto dialogue = DialogueProcess::start({.jail = jail, .offer = offer}, main);
  CHECK(dialogue.ok());
  popup::RecordReader reader;
  popup::Record record;
  const auto deadline = lib::Deadline::in_seconds(1);
  DialogueProcess::Event event = DialogueProcess::Event::Record;
  while (event == DialogueProcess::Event::Record)
    event = dialogue.value().wait(reader, deadline, record);
  signal = dialogue.value().stop();
  return event;
}

}  // namespace

TEST(a_hung_dialogue_is_killed_at_the_deadline) {
  int signal = 0;
  CHECK(outcome(hang, signal) == DialogueProcess::Event::Timeout);
  CHECK_EQUAL(signal, SIGKILL);
}

TEST(a_flooding_dialogue_is_killed_at_the_deadline) {
  int signal = 0;
  CHECK(outcome(flood, signal) == DialogueProcess::Event::Timeout);
  CHECK_EQUAL(signal, SIGKILL);
}

TEST(a_malformed_record_is_noticed_at_once) {
  int signal = 0;
  CHECK(outcome(lie, signal) == DialogueProcess::Event::Invalid);
}

TEST(the_death_of_a_dialogue_is_noticed) {
  int signal = 0;
  CHECK(outcome(die, signal) == DialogueProcess::Event::Ended);
  CHECK_EQUAL(signal, SIGKILL);
}

TEST(without_its_broker_a_dialogue_does_not_start) {
  for (const bool broker_is_there : {true, false}) {
    std::array<int, 2> ends{};
    CHECK_EQUAL(pipe(ends.data()), 0);
    if (!broker_is_there) close(ends[0]);
    const pid_t dialogue = fork();
    if (dialogue == 0)
      syscall(SYS_exit, popup::confine({}, {ends[1], -1}).ok() ? 0 : 1);
    int status = 0;
    CHECK_EQUAL(waitpid(dialogue, &status, 0), dialogue);
    CHECK_EQUAL(WEXITSTATUS(status), broker_is_there ? 0 : 1);
    if (broker_is_there) close(ends[0]);
    close(ends[1]);
  }
}
