// SPDX-License-Identifier: ISC
// A session in its own process asks the listener for permission.
#include "popup/connection/client_report.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "lib/io/io.h"
#include "tests/unit/unit.h"

using popup::ClientReport;
using popup::ClientReports;

namespace {

const lib::Endpoint kClient{*lib::parse_address("192.0.2.7"), 4711};

// Asks in a child that does not hold the listener's end. It exits 0 if the
// listener grants the session.
pid_t ask(int sending, int receiving, int seconds = 10) {
  const pid_t session = fork();
  if (session == 0 && receiving >= 0) close(receiving);
  if (session == 0)
    _exit(popup::ask_listener(sending, kClient,
                              lib::Deadline::in_seconds(seconds))
              ? 0
              : 1);
  return session;
}
int exit_code(pid_t session) {
  int status = 0;
  CHECK(waitpid(session, &status, 0) == session && WIFEXITED(status));
  return WEXITSTATUS(status);
}
std::optional<ClientReport> wait_for(const ClientReports& reports) {
  CHECK(lib::wait_readable(reports.fd(), lib::Deadline::in_seconds(10)));
  return reports.receive();
}

}  // namespace

TEST(the_listener_learns_the_client_and_its_answer_counts) {
  auto reports = ClientReports::open();
  CHECK(reports.ok());
  CHECK(!reports.value().receive());
  for (const bool granted : {true, false}) {
    const lib::UniqueFd sending = reports.value().sending();
    const pid_t session = ask(sending.get(), reports.value().fd());
    const auto report = wait_for(reports.value());
    CHECK(report && report->process == session &&
          report->client.address == kClient.address &&
          report->client.port == kClient.port);
    ClientReports::answer(*report, granted);
    CHECK_EQUAL(exit_code(session), granted ? 0 : 1);
  }
}

TEST(without_a_listener_every_session_is_granted) {
  CHECK(popup::ask_listener(-1, kClient, lib::Deadline::in_seconds(1)));
  signal(SIGPIPE, SIG_IGN);
  std::optional<ClientReports> reports;
  reports.emplace(std::move(ClientReports::open().value()));
  const lib::UniqueFd sending = reports->sending();
  // The listener ends after it was asked.
  const pid_t session = ask(sending.get(), reports->fd());
  CHECK(lib::wait_readable(reports->fd(), lib::Deadline::in_seconds(10)));
  reports.reset();
  CHECK_EQUAL(exit_code(session), 0);
  CHECK_EQUAL(exit_code(ask(sending.get(), -1)), 0);
}

TEST(a_silent_listener_grants_nothing) {
  auto reports = ClientReports::open();
  const lib::UniqueFd sending = reports.value().sending();
  CHECK_EQUAL(exit_code(ask(sending.get(), reports.value().fd(), 1)), 1);
}
