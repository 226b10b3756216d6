// SPDX-License-Identifier: ISC
// The floor of the network: one process for all clients, no fork, no isolation.
// Argument: the port on 127.0.0.1.
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"

namespace {

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

template <size_t size>
void say(int fd, const char (&text)[size]) {
  if (write(fd, text, size - 1) < 0) close(fd);
}

void answer(int fd) {
  char command[1024];
  if (read(fd, command, sizeof command) <= 0) {
    close(fd);
    return;
  }
  if (*command == 'S')
    say(fd, "+OK 10 40960\r\n");
  else
    say(fd, "+OK \r\n");
  if (*command == 'Q') close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const int listener = floors::listen_on(atoi(argv[1]));
  const int epoll = epoll_create1(0);
  watch(epoll, listener);
  epoll_event events[64];
  for (;;) {
    const int count = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd != listener) {
        answer(events[i].data.fd);
        continue;
      }
      const int client = accept(listener, nullptr, nullptr);
      if (client < 0) continue;
      watch(epoll, client);
      say(client, "+OK <1.1@floor>\r\n");
    }
  }
}
