// SPDX-License-Identifier: ISC
// When a session whose client has left is given up: if it hangs, not if it
// works.
#include "popup/broker/client_watch.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <ctime>
#include <string>

#include "lib/io/unique_fd.h"
#include "lib/process/child.h"
#include "tests/unit/unit.h"

using lib::UniqueFd;
using popup::ClientWatch;

namespace {

// Both ends of a TCP connection on the loopback device.
struct Connection {
  Connection() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const UniqueFd listening(socket(AF_INET, SOCK_STREAM, 0));
    CHECK_EQUAL(bind(listening.get(), generic, size), 0);
    CHECK_EQUAL(listen(listening.get(), 1), 0);
    CHECK_EQUAL(getsockname(listening.get(), generic, &size), 0);
    client.reset(socket(AF_INET, SOCK_STREAM, 0));
    CHECK_EQUAL(connect(client.get(), generic, size), 0);
    server.reset(accept(listening.get(), nullptr, nullptr));
  }
  // Sends a reset. After an ordinary close the server could not tell it from
  // shutdown().
  void close_client() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    CHECK_EQUAL(setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once,
                           sizeof at_once),
                0);
    client.reset();
  }
  UniqueFd client;
  UniqueFd server;
};

void hang() {
  for (;;) pause();
}
void work() {
  for (;;) (void)getppid();
}

// A child that runs the function until this object is destroyed.
struct Process {
  explicit Process(void (*run)()) : pid(fork()) {
    if (pid == 0) run();
  }
  ~Process() {
    siginfo_t ending{};
    CHECK(lib::kill_and_reap(pid, ending));
  }
  pid_t pid;
};

bool has_worked(pid_t process) {
  clockid_t clock = 0;
  timespec used{};
  clock_getcpuclockid(process, &clock);
  clock_gettime(clock, &used);
  return used.tv_sec != 0 || used.tv_nsec > 20'000'000;
}

// True if the session is given up within so many seconds. It is checked once a
// second.
bool is_given_up(int client, pid_t server, int seconds) {
  ClientWatch watch(client, server, 1);
  const auto end = lib::Deadline::in_seconds(seconds);
  while (!end.passed()) {
    pollfd waiting = watch.waiting();
    (void)poll(&waiting, 1, watch.deadline().earlier(end).poll_timeout());
    if (watch.is_abandoned(waiting.revents)) return true;
  }
  return false;
}

constexpr int kLong = 60;

}  // namespace

TEST(a_hung_session_is_given_up_after_its_client_left) {
  const Process server(hang);
  Connection connection;
  CHECK(!is_given_up(connection.server.get(), server.pid, 2));
  connection.close_client();
  CHECK(is_given_up(connection.server.get(), server.pid, kLong));
}

TEST(a_stopped_session_is_given_up_after_its_client_left) {
  const Process server(work);
  Connection connection;
  while (!has_worked(server.pid)) usleep(1000);
  kill(server.pid, SIGSTOP);
  siginfo_t stopped{};
  CHECK_EQUAL(waitid(P_PID, static_cast<id_t>(server.pid), &stopped, WSTOPPED),
              0);
  connection.close_client();
  CHECK(is_given_up(connection.server.get(), server.pid, kLong));
}

TEST(a_hung_session_on_pipes_is_given_up) {
  const Process server(hang);
  std::array<int, 2> ends{};
  CHECK_EQUAL(pipe(ends.data()), 0);
  const UniqueFd writing(ends[1]);
  UniqueFd reading(ends[0]);
  CHECK(!is_given_up(writing.get(), server.pid, 1));
  reading.reset();
  CHECK(is_given_up(writing.get(), server.pid, kLong));
}

TEST(a_working_session_is_not_given_up) {
  const Process server(work);
  Connection connection;
  connection.close_client();
  CHECK(!is_given_up(connection.server.get(), server.pid, 3));
}

TEST(a_half_closed_client_with_unread_data_is_waited_for) {
  const Process server(hang);
  Connection connection;
  const std::string reply(100'000, 'x');
  while (send(connection.server.get(), reply.data(), reply.size(),
              MSG_DONTWAIT) > 0) {
  }
  CHECK_EQUAL(shutdown(connection.client.get(), SHUT_WR), 0);
  CHECK(!is_given_up(connection.server.get(), server.pid, 3));
  connection.close_client();
  CHECK(is_given_up(connection.server.get(), server.pid, kLong));
}

TEST(a_half_closed_client_waiting_for_a_reply_is_kept) {
  const Process server(hang);
  Connection connection;
  CHECK_EQUAL(shutdown(connection.client.get(), SHUT_WR), 0);
  CHECK(!is_given_up(connection.server.get(), server.pid, 3));
  connection.close_client();
  CHECK(is_given_up(connection.server.get(), server.pid, kLong));
}

TEST(unknown_processor_time_counts_as_work) {
  constexpr pid_t kNoProcess = 0x7fffffff;
  Connection connection;
  connection.close_client();
  CHECK(!is_given_up(connection.server.get(), kNoProcess, 3));
}
