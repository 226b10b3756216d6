// SPDX-License-Identifier: ISC
// Runs as root: passes messages between our own processes.
#include "popup/connection/client_report.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "lib/io/descriptor_passing.h"
#include "lib/io/io.h"

namespace popup {
namespace {

using lib::UniqueFd;

constexpr char kGranted = 'y';
constexpr char kRefused = 'n';

// Between processes of one program, so in the machine's byte order and layout.
struct Message {
  pid_t process = 0;
  lib::Endpoint client;
};

}  // namespace

lib::Result<ClientReports> ClientReports::open() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return lib::Error::from_errno("make a channel for the sessions");
  return ClientReports(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

UniqueFd ClientReports::sending() const {
  return UniqueFd(fcntl(sending_.get(), F_DUPFD_CLOEXEC, 3));
}

std::optional<ClientReport> ClientReports::receive() const {
  Message message;
  auto received = lib::receive_with_descriptor(
      receiving_.get(), {reinterpret_cast<char*>(&message), sizeof message},
      MSG_DONTWAIT);
  if (received.size != sizeof message) return std::nullopt;
  return ClientReport{.process = message.process,
                      .client = message.client,
                      .answer = std::move(received.descriptor)};
}

// Never blocks: the pipe is new and has room for one byte.
void ClientReports::answer(const ClientReport& report, bool granted) {
  const char byte = granted ? kGranted : kRefused;
  if (report.answer.valid())
    (void)lib::write_all(report.answer.get(), {&byte, 1});
}

bool ask_listener(int sending, const lib::Endpoint& client,
                  lib::Deadline deadline) {
  std::array<int, 2> ends{};
  if (sending < 0) return true;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  if (!lib::wait_writable(sending, deadline)) return false;
  const Message message{.process = getpid(), .client = client};
  if (!lib::send_with_descriptor(
          sending, {reinterpret_cast<const char*>(&message), sizeof message},
          writing.get()))
    return errno == EPIPE || errno == ECONNRESET;
  writing.reset();
  char byte = kGranted;
  if (!lib::wait_readable(reading.get(), deadline)) return false;
  (void)lib::read_some(reading.get(), {&byte, 1});
  return byte == kGranted;
}

}  // namespace popup
