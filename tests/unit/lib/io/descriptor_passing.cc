// SPDX-License-Identifier: ISC
#include "lib/io/descriptor_passing.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "tests/unit/unit.h"

using lib::receive_with_descriptor;
using lib::send_with_descriptor;
using lib::UniqueFd;

namespace {

struct Pair {
  UniqueFd here;
  UniqueFd there;
};
Pair make_pair() {
  std::array<int, 2> ends{-1, -1};
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) ==
        0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

bool same_file(int a, int b) {
  struct stat one {};
  struct stat other {};
  return fstat(a, &one) == 0 && fstat(b, &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// The lowest free descriptor: unchanged if none was opened or closed.
int next_descriptor() {
  return UniqueFd(fcntl(2, F_DUPFD_CLOEXEC, 3)).get();
}

// Sends two descriptors, as popup never does.
bool send_two(int socket, int fd) {
  const std::array<int, 2> both{fd, fd};
  char byte = 'x';
  iovec part{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof both)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof both);
  memcpy(CMSG_DATA(header), both.data(), sizeof both);
  return sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

}  // namespace

TEST(a_message_brings_its_descriptor_close_on_exec) {
  const Pair pair = make_pair();
  const UniqueFd zero(open("/dev/zero", O_RDONLY));
  CHECK(send_with_descriptor(pair.there.get(), "hello", zero.get()));
  std::array<char, 5> text{};
  const auto message = receive_with_descriptor(pair.here.get(), text);
  CHECK_EQUAL(message.size, 5);
  CHECK_EQUAL(std::string_view(text.data(), 5), "hello");
  CHECK(message.descriptor.get() != zero.get());
  CHECK(same_file(message.descriptor.get(), zero.get()));
  CHECK_EQUAL(fcntl(message.descriptor.get(), F_GETFD), FD_CLOEXEC);
}

TEST(no_descriptor_no_message_and_the_end_differ) {
  Pair pair = make_pair();
  std::array<char, 5> text{};
  CHECK_EQUAL(send(pair.there.get(), "abc", 3, 0), 3);
  const auto bare = receive_with_descriptor(pair.here.get(), text);
  CHECK(bare.size == 3 && !bare.descriptor.valid());
  errno = 0;
  CHECK_EQUAL(receive_with_descriptor(pair.here.get(), text, MSG_DONTWAIT).size,
              -1);
  CHECK_EQUAL(errno, EAGAIN);
  pair.there.reset();
  CHECK_EQUAL(receive_with_descriptor(pair.here.get(), text).size, 0);
  errno = 0;
  CHECK(!send_with_descriptor(pair.here.get(), "x", 2));
  CHECK_EQUAL(errno, EPIPE);
}

TEST(two_descriptors_are_refused_and_closed) {
  const Pair pair = make_pair();
  const int next = next_descriptor();
  CHECK(send_two(pair.there.get(), 2));
  char byte = 0;
  errno = 0;
  CHECK_EQUAL(receive_with_descriptor(pair.here.get(), {&byte, 1}).size, -1);
  CHECK_EQUAL(errno, EMSGSIZE);
  CHECK_EQUAL(next_descriptor(), next);
}

TEST(a_too_long_message_leaves_no_descriptor_open) {
  const Pair pair = make_pair();
  const int next = next_descriptor();
  CHECK(send_with_descriptor(pair.there.get(), "hello", 2));
  std::array<char, 4> text{};
  errno = 0;
  CHECK_EQUAL(receive_with_descriptor(pair.here.get(), text).size, -1);
  CHECK_EQUAL(errno, EMSGSIZE);
  CHECK_EQUAL(next_descriptor(), next);
}
