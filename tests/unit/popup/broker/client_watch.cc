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
#include <fstream>
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
    // From now on a process that hangs uses no processor time.
    while (run == hang && !sleeps()) usleep(1000);
  }
  ~Process() {
    siginfo_t ending{};
    CHECK(lib::kill_and_reap(pid, ending));
  }
  [[nodiscard]] bool sleeps() const {
    std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
    std::string number;
    std::string name;
    std::string state;
    status >> number >> name >> state;
    return state == "S";
  }
  pid_t pid;
};

int64_t processor_time_of(pid_t process) {
  clockid_t clock = 0;
  timespec used{};
  clock_getcpuclockid(process, &clock);
  clock_gettime(clock, &used);
  return int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}
void wait_until_it_works(pid_t process) {
  const int64_t before = processor_time_of(process);
  while (processor_time_of(process) == before) usleep(1000);
}

constexpr int64_t kMinute = ClientWatch::kIntervalMs;
constexpr int kTenMinutes = 11;
constexpr int kHour = 61;

// Looks at the session once a minute, by a clock of its own.  The minute in
// which the session is given up; 0: in none of them.
int minute_of_end(ClientWatch& watch, int client, pid_t server, int minutes) {
  for (int minute = 1; minute <= minutes; ++minute)
    if (watch.is_abandoned(client, server, minute * kMinute)) return minute;
  return 0;
}
int minute_of_end(int client, pid_t server, int minutes) {
  ClientWatch watch;
  return minute_of_end(watch, client, server, minutes);
}

// Waits until the client's end has arrived.
void wait_for_end(int server, short events) {
  pollfd waiting{.fd = server, .events = events, .revents = 0};
  CHECK_EQUAL(poll(&waiting, 1, 10'000), 1);
}

}  // namespace

TEST(a_hung_session_is_given_up_after_its_client_left) {
  const Process server(hang);
  Connection connection;
  ClientWatch watch;
  const int client = connection.server.get();
  CHECK_EQUAL(minute_of_end(watch, client, server.pid, kHour), 0);
  connection.close_client();
  // The first look learns that the client has left.
  CHECK_EQUAL(minute_of_end(watch, client, server.pid, kHour), 2);
}

TEST(a_session_without_its_client_descriptor_is_given_up) {
  const Process server(hang);
  CHECK_EQUAL(minute_of_end(-1, server.pid, kHour), 2);
}

TEST(a_stopped_session_is_given_up_after_its_client_left) {
  const Process server(work);
  Connection connection;
  wait_until_it_works(server.pid);
  kill(server.pid, SIGSTOP);
  siginfo_t stopped{};
  CHECK_EQUAL(waitid(P_PID, static_cast<id_t>(server.pid), &stopped, WSTOPPED),
              0);
  connection.close_client();
  CHECK_EQUAL(minute_of_end(connection.server.get(), server.pid, kHour), 2);
}

TEST(a_hung_session_on_pipes_is_given_up) {
  const Process server(hang);
  std::array<int, 2> ends{};
  CHECK_EQUAL(pipe(ends.data()), 0);
  const UniqueFd writing(ends[1]);
  UniqueFd reading(ends[0]);
  CHECK_EQUAL(minute_of_end(writing.get(), server.pid, kHour), 0);
  reading.reset();
  CHECK_EQUAL(minute_of_end(writing.get(), server.pid, kHour), 2);
}

// Each look finds more processor time used.
TEST(a_working_session_is_given_up_after_an_hour) {
  const Process server(work);
  Connection connection;
  connection.close_client();
  ClientWatch watch;
  const int client = connection.server.get();
  int minute = 1;
  while (!watch.is_abandoned(client, server.pid, minute * kMinute)) {
    ++minute;
    wait_until_it_works(server.pid);
  }
  CHECK_EQUAL(minute, kHour);
}

TEST(a_half_closed_client_with_unread_data_is_waited_for) {
  const Process server(hang);
  Connection connection;
  const int client = connection.server.get();
  const std::string reply(100'000, 'x');
  while (send(client, reply.data(), reply.size(), MSG_DONTWAIT) > 0) {
  }
  CHECK_EQUAL(shutdown(connection.client.get(), SHUT_WR), 0);
  wait_for_end(client, POLLRDHUP);
  CHECK_EQUAL(minute_of_end(client, server.pid, 3 * kHour), 0);
  connection.close_client();
  CHECK_EQUAL(minute_of_end(client, server.pid, kHour), 2);
}

TEST(a_half_closed_client_is_kept_for_ten_minutes) {
  const Process server(hang);
  Connection connection;
  const int client = connection.server.get();
  CHECK_EQUAL(shutdown(connection.client.get(), SHUT_WR), 0);
  wait_for_end(client, POLLRDHUP);
  CHECK_EQUAL(minute_of_end(client, server.pid, kHour), kTenMinutes);
  connection.close_client();
  CHECK_EQUAL(minute_of_end(client, server.pid, kHour), 2);
}

TEST(unknown_processor_time_counts_as_work) {
  constexpr pid_t kNoProcess = 0x7fffffff;
  Connection connection;
  connection.close_client();
  CHECK_EQUAL(minute_of_end(connection.server.get(), kNoProcess, kHour + 1),
              kHour);
}
