// SPDX-License-Identifier: ISC
// The floor of one loop: the processes of broker.cc without a broker for each
// connection.  The process that listens also forks the dialogues, reads their
// records and starts the checkers.  Arguments: the port on 127.0.0.1, the
// checker and its arguments.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "children.h"
#include "listen.h"

namespace {

constexpr int kMostDescriptors = 65536;

struct Dialogue {
  int client;
  pid_t process;
};
// By the pipe that the dialogue writes to.
Dialogue dialogues[kMostDescriptors];

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

void start_dialogue(int epoll, int listener) {
  const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  int ends[2];
  if (client < 0) return;
  if (pipe2(ends, O_CLOEXEC) != 0) _exit(1);
  const pid_t dialogue = fork();
  if (dialogue == 0) {
    dup2(client, 0);
    dup2(client, 1);
    syscall(SYS_close_range, 2, ends[1] - 1, 0);
    syscall(SYS_close_range, ends[1] + 1, ~0U, 0);
    floors::converse(ends[1]);
  }
  close(ends[1]);
  dialogues[ends[0]] = {client, dialogue};
  watch(epoll, ends[0]);
}

void start_session(char** checker, int records) {
  floors::Record record;
  const int client = dialogues[records].client;
  const ssize_t got = read(records, record.bytes, sizeof record.bytes);
  waitpid(dialogues[records].process, nullptr, 0);
  close(records);
  if (got > 0) {
    record.length = static_cast<size_t>(got);
    floors::start_checker(checker, record, client);
  }
  close(client);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const int listener = floors::listen_on(atoi(argv[1]));
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  fcntl(listener, F_SETFD, FD_CLOEXEC);
  watch(epoll, listener);
  epoll_event events[64];
  for (;;) {
    const int count = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == listener)
        start_dialogue(epoll, listener);
      else
        start_session(argv + 2, events[i].data.fd);
    }
    while (waitpid(-1, nullptr, WNOHANG) > 0) continue;
  }
}
