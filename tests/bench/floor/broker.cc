// SPDX-License-Identifier: ISC
// The floor of the broker: the processes of `popup -D` without their work.
// A listener forks a broker for each connection, the broker forks a dialogue
// that gives up what popup's does and reads USER and PASS octet by octet, then
// starts the checker by vfork and waits for it.  Arguments: the port on
// 127.0.0.1 or - for the connection on 0 and 1, the checker and its arguments.
#include <sys/socket.h>
#include <sys/wait.h>

#include "children.h"
#include "listen.h"

namespace {

// Returns in each child that serves a connection, which is on 0 and 1.
void accept_connections(int port) {
  constexpr int kAtOnce = 64;
  const int listener = floors::listen_on(port);
  for (int running = 0;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    if (fork() == 0) {
      dup2(fd, 0);
      dup2(fd, 1);
      close(fd);
      close(listener);
      return;
    }
    close(fd);
    ++running;
    while (waitpid(-1, nullptr, running < kAtOnce ? WNOHANG : 0) > 0) --running;
  }
}

void hear_dialogue(floors::Record& record) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) _exit(1);
  const pid_t dialogue = fork();
  if (dialogue == 0) floors::converse(ends[1]);
  close(ends[1]);
  const ssize_t got = read(ends[0], record.bytes, sizeof record.bytes);
  if (got <= 0) _exit(1);
  record.length = static_cast<size_t>(got);
  waitpid(dialogue, nullptr, 0);
  close(ends[0]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  if (*argv[1] != '-') accept_connections(atoi(argv[1]));
  floors::Record record;
  hear_dialogue(record);
  const pid_t child = floors::start_checker(argv + 2, record, 0);
  return child > 0 && waitpid(child, nullptr, 0) == child ? 0 : 1;
}
