// SPDX-License-Identifier: ISC
// How a server is ended, with children that end in different ways.
#include "popup/broker/server_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "tests/unit/unit.h"

using popup::ClientWatch;
using popup::EndCause;
using popup::Ending;
using popup::ServerProcess;

namespace {

constexpr int64_t kNow = 1'000'000;
constexpr int64_t kNever = INT64_MAX;

// A child that waits for a signal, with SIGTERM ignored if it is deaf.
pid_t start_child(bool deaf = false) {
  auto* const before = signal(SIGTERM, deaf ? SIG_IGN : SIG_DFL);
  const pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  signal(SIGTERM, before);
  return child;
}
siginfo_t reap(pid_t child) {
  siginfo_t info{};
  CHECK_EQUAL(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED), 0);
  return info;
}
bool runs(pid_t child) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(child), &info,
                WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}
Ending end_of(const ServerProcess& server) {
  const siginfo_t info = reap(server.process());
  return server.ending(&info);
}

}  // namespace

TEST(a_server_that_ends_by_itself_has_no_cause) {
  const ServerProcess server(fork());
  if (server.process() == 0) _exit(7);
  CHECK_EQUAL(server.deadline_ms(), kNever);
  const Ending ending = end_of(server);
  CHECK(!ending.by_signal && !ending.alive);
  CHECK_EQUAL(ending.code, 7);
  CHECK_EQUAL(ending.uid, getuid());
  CHECK(ending.cause == EndCause::None);
}

TEST(SIGTERM_ends_a_server_also_if_it_is_stopped) {
  for (const bool stopped : {false, true}) {
    ServerProcess server(start_child());
    const auto id = static_cast<id_t>(server.process());
    siginfo_t info{};
    if (stopped) kill(server.process(), SIGSTOP);
    if (stopped) CHECK_EQUAL(waitid(P_PID, id, &info, WSTOPPED), 0);
    server.end(EndCause::Terminated, kNow);
    const Ending ending = end_of(server);
    CHECK(ending.by_signal);
    CHECK_EQUAL(ending.code, SIGTERM);
    CHECK(ending.cause == EndCause::Terminated);
  }
}

TEST(a_server_that_ignores_SIGTERM_is_killed_after_5_seconds) {
  ServerProcess server(start_child(true));
  server.begin_session(kNow, kNow + 3000);
  server.end(EndCause::TooLong, kNow);
  CHECK_EQUAL(server.deadline_ms(), kNow + 5000);
  // A second reason changes nothing.
  server.end(EndCause::Terminated, kNow + 1000);
  CHECK_EQUAL(server.deadline_ms(), kNow + 5000);
  CHECK(!server.deadline_passed(-1, kNow + 4999));
  CHECK(runs(server.process()));
  CHECK(!server.deadline_passed(-1, kNow + 5000));
  const Ending ending = end_of(server);
  CHECK(ending.by_signal);
  CHECK_EQUAL(ending.code, SIGKILL);
  CHECK(ending.cause == EndCause::TooLong);
}

TEST(a_server_that_SIGKILL_does_not_end_is_given_up) {
  ServerProcess server(start_child(true));
  server.end(EndCause::ClientGone, kNow);
  CHECK(!server.deadline_passed(-1, kNow + 5100));
  CHECK_EQUAL(server.deadline_ms(), kNow + 8100);
  CHECK(!server.deadline_passed(-1, kNow + 8099));
  CHECK(server.deadline_passed(-1, kNow + 8100));
  const Ending ending = server.ending(nullptr);
  CHECK(ending.alive && !ending.by_signal);
  CHECK(ending.cause == EndCause::ClientGone);
  reap(server.process());
}

TEST(a_session_is_ended_at_its_limit) {
  ServerProcess server(start_child());
  server.begin_session(kNow, kNow + 1500);
  CHECK_EQUAL(server.deadline_ms(), kNow + 1500);
  CHECK(!server.looks(kNow + 1500));
  CHECK(!server.deadline_passed(-1, kNow + 1500));
  const Ending ending = end_of(server);
  CHECK_EQUAL(ending.code, SIGTERM);
  CHECK(ending.cause == EndCause::TooLong);
}

TEST(a_session_whose_client_has_left_is_ended_at_the_second_look) {
  constexpr int64_t kMinute = ClientWatch::kIntervalMs;
  ServerProcess server(start_child());
  // Stopped, it uses no processor time.
  kill(server.process(), SIGSTOP);
  siginfo_t info{};
  const auto id = static_cast<id_t>(server.process());
  CHECK_EQUAL(waitid(P_PID, id, &info, WSTOPPED), 0);
  server.begin_session(kNow, kNever);
  CHECK_EQUAL(server.deadline_ms(), kNow + kMinute);
  CHECK(!server.looks(kNow + kMinute - 1));
  CHECK(server.looks(kNow + kMinute));
  CHECK(!server.deadline_passed(-1, kNow + kMinute));
  CHECK_EQUAL(server.deadline_ms(), kNow + 2 * kMinute);
  CHECK(!server.deadline_passed(-1, kNow + 2 * kMinute));
  CHECK(!server.looks(kNow + 3 * kMinute));
  const Ending ending = end_of(server);
  CHECK_EQUAL(ending.code, SIGTERM);
  CHECK(ending.cause == EndCause::ClientGone);
}

TEST(a_checker_that_is_late_is_killed_at_once) {
  ServerProcess server(start_child(true));
  server.kill_now(kNow);
  CHECK_EQUAL(server.deadline_ms(), kNow + 3000);
  const Ending ending = end_of(server);
  CHECK_EQUAL(ending.code, SIGKILL);
  CHECK(ending.cause == EndCause::None);
}
