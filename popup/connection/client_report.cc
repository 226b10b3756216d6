// SPDX-License-Identifier: ISC
// Runs as root: passes messages between our own processes.
#include "popup/connection/client_report.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "lib/io/descriptor_passing.h"
#include "lib/io/io.h"
#include "lib/io/pipe.h"

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
  auto ends = lib::make_socket_pair("make a channel for the sessions");
  if (!ends.ok()) return ends.error();
  return ClientReports(std::move(ends.value().first),
                       std::move(ends.value().second));
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
  if (sending < 0) return true;
  auto pipe = lib::make_pipe("make a pipe for the answer");
  if (!pipe.ok()) return false;
  auto& [reading, writing] = pipe.value();
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
