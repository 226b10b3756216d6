// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/client_report.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "lib/io.h"

namespace popup {
namespace {

using lib::UniqueFd;

constexpr char kGranted = 'y';
constexpr char kRefused = 'n';

// Between processes of one program: as the machine holds it.
struct Message {
  pid_t process = 0;
  lib::Endpoint client;
};

// A message with a descriptor beside it.
class Envelope {
 public:
  explicit Envelope(Message& message) : part_{&message, sizeof message} {
    header_.msg_iov = &part_;
    header_.msg_iovlen = 1;
    header_.msg_control = control_.data();
    header_.msg_controllen =
        static_cast<decltype(header_.msg_controllen)>(control_.size());
  }
  Envelope(const Envelope&) = delete;
  Envelope& operator=(const Envelope&) = delete;

  void enclose(int fd) {
    cmsghdr* enclosed = CMSG_FIRSTHDR(&header_);
    enclosed->cmsg_level = SOL_SOCKET;
    enclosed->cmsg_type = SCM_RIGHTS;
    enclosed->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(enclosed), &fd, sizeof fd);
  }
  UniqueFd enclosed() {
    int fd = -1;
    const cmsghdr* enclosed = CMSG_FIRSTHDR(&header_);
    if (enclosed != nullptr && enclosed->cmsg_type == SCM_RIGHTS &&
        enclosed->cmsg_len == CMSG_LEN(sizeof fd))
      memcpy(&fd, CMSG_DATA(enclosed), sizeof fd);
    return UniqueFd(fd);
  }
  msghdr* header() { return &header_; }

 private:
  iovec part_;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control_{};
  msghdr header_{};
};

bool send_report(int sending, const lib::Endpoint& client, int answer) {
  Message message{.process = getpid(), .client = client};
  Envelope envelope(message);
  envelope.enclose(answer);
  ssize_t sent = 0;
  do {
    sent = sendmsg(sending, envelope.header(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == sizeof message;
}

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
  Envelope envelope(message);
  const ssize_t got = recvmsg(receiving_.get(), envelope.header(),
                              MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0) return std::nullopt;
  UniqueFd answer = envelope.enclosed();
  if (got != sizeof message) return std::nullopt;
  return ClientReport{.process = message.process,
                      .client = message.client,
                      .answer = std::move(answer)};
}

// One byte always fits a fresh pipe.
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
  if (!send_report(sending, client, writing.get()))
    return errno == EPIPE || errno == ECONNRESET;
  writing.reset();
  char byte = kGranted;
  if (!lib::wait_readable(reading.get(), deadline)) return false;
  (void)lib::read_some(reading.get(), {&byte, 1});
  return byte == kGranted;
}

}  // namespace popup
