// SPDX-License-Identifier: ISC
#include "lib/process/child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/unit/unit.h"

using lib::Deadline;

TEST(an_ended_child_is_reaped_with_its_exit_code) {
  const pid_t child = fork();
  if (child == 0) _exit(7);
  siginfo_t ending{};
  CHECK(lib::reap_child(child, Deadline::in_seconds(60), ending));
  CHECK_EQUAL(ending.si_code, CLD_EXITED);
  CHECK_EQUAL(ending.si_status, 7);
  CHECK_EQUAL(waitpid(child, nullptr, WNOHANG), -1);
}

TEST(waiting_for_a_living_child_ends_at_the_deadline) {
  const pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  siginfo_t ending{};
  CHECK(!lib::reap_child(child, Deadline::in_seconds(1), ending));
  CHECK(lib::kill_and_reap(child, ending));
  CHECK_EQUAL(ending.si_code, CLD_KILLED);
  CHECK_EQUAL(ending.si_status, SIGKILL);
}
