// SPDX-License-Identifier: ISC
#include "popup/broker/start_dialogue.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "lib/io/io.h"
#include "tests/unit/unit.h"

using popup::DialogueSettings;
using popup::DialogueStart;

namespace {

// Sends the greeting to the client, and what the client sends as a record.
void pass_on(const DialogueSettings& settings, int records) {
  std::array<char, 100> octets;
  const ssize_t got = read(0, octets.data(), octets.size());
  const bool sent =
      got > 0 && lib::write_all(1, settings.greeting) &&
      lib::write_all(records, {octets.data(), static_cast<size_t>(got)}) &&
      lib::write_all(records, settings.timestamp);
  _exit(sent && settings.traced && settings.tally.lines == 7 ? 0 : 1);
}
void hang(const DialogueSettings&, int) {
  for (;;) pause();
}

std::string read_all(int fd) {
  std::string all;
  std::array<char, 100> octets;
  for (;;) {
    const ssize_t got = read(fd, octets.data(), octets.size());
    if (got <= 0) return all;
    all.append(octets.data(), static_cast<size_t>(got));
  }
}
siginfo_t reap(pid_t process) {
  siginfo_t info{};
  CHECK_EQUAL(waitid(P_PID, static_cast<id_t>(process), &info, WEXITED), 0);
  return info;
}

}  // namespace

TEST(a_dialogue_has_the_client_on_0_and_1_and_its_settings) {
  std::array<int, 2> ends{};
  CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  lib::UniqueFd server(ends[0]);
  const lib::UniqueFd client(ends[1]);
  DialogueStart start{.main = pass_on, .tally = {.lines = 7}, .traced = true};
  start.greeting << "+OK\r\n";
  start.timestamp << "<1@mx>";
  CHECK(lib::write_all(client.get(), "CAPA "));
  fflush(stdout);
  auto started = popup::start_dialogue(start, server.get(), server.get());
  CHECK(started.ok());
  server.reset();
  CHECK_EQUAL(read_all(started.value().records.get()), "CAPA <1@mx>");
  CHECK_EQUAL(read_all(client.get()), "+OK\r\n");
  const siginfo_t info = reap(started.value().process);
  CHECK_EQUAL(info.si_code, CLD_EXITED);
  CHECK_EQUAL(info.si_status, 0);
}

TEST(a_dialogue_that_was_killed_closes_its_records) {
  fflush(stdout);
  auto started = popup::start_dialogue({.main = hang}, 0, 1);
  CHECK(started.ok());
  kill(started.value().process, SIGKILL);
  CHECK_EQUAL(read_all(started.value().records.get()), "");
  CHECK_EQUAL(reap(started.value().process).si_status, SIGKILL);
}
