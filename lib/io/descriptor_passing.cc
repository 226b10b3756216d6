// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/io/descriptor_passing.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace lib {
namespace {

class Envelope {
 public:
  Envelope(char* message, size_t size)
      : message_{.iov_base = message, .iov_len = size} {
    header_.msg_iov = &message_;
    header_.msg_iovlen = 1;
    header_.msg_control = control_.data();
    // Not CMSG_SPACE: its padding could hold a second descriptor, which would
    // be received and stay open.
    header_.msg_controllen = CMSG_LEN(sizeof(int));
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
  [[nodiscard]] UniqueFd enclosed() const {
    int fd = -1;
    const cmsghdr* enclosed = CMSG_FIRSTHDR(&header_);
    if (enclosed != nullptr && enclosed->cmsg_level == SOL_SOCKET &&
        enclosed->cmsg_type == SCM_RIGHTS &&
        enclosed->cmsg_len == CMSG_LEN(sizeof fd))
      memcpy(&fd, CMSG_DATA(enclosed), sizeof fd);
    return UniqueFd(fd);
  }
  [[nodiscard]] bool was_cut() const {
    return (header_.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  }
  msghdr* header() { return &header_; }

 private:
  iovec message_;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control_{};
  msghdr header_{};
};

}  // namespace

bool send_with_descriptor(int socket, std::string_view message, int fd) {
  // sendmsg(2) does not write to the message.
  Envelope envelope(const_cast<char*>(message.data()), message.size());
  envelope.enclose(fd);
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket, envelope.header(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(message.size());
}

ReceivedMessage receive_with_descriptor(int socket, std::span<char> into,
                                        int flags) {
  Envelope envelope(into.data(), into.size());
  ssize_t got = 0;
  do {
    got = recvmsg(socket, envelope.header(), flags | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return {};
  UniqueFd enclosed = envelope.enclosed();
  if (!envelope.was_cut()) return {got, std::move(enclosed)};
  errno = EMSGSIZE;
  return {};
}

}  // namespace lib
