// SPDX-License-Identifier: ISC
// The floor of the broker: the processes of `popup -D` without their work.
// A listener forks a broker for each connection, the broker forks a dialogue
// that gives up what popup's does and reads USER and PASS octet by octet, then
// starts the checker by vfork and waits for it.  Arguments: the port on
// 127.0.0.1 or - for the connection on 0 and 1, the checker and its arguments.
#include <fcntl.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "canned.h"
#include "listen.h"

namespace {

struct Record {
  char bytes[600];
  size_t length = 0;
};

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

void confine() {
  const rlimit none{};
  if (geteuid() == 0 &&
      (setgroups(0, nullptr) != 0 || setresgid(65534, 65534, 65534) != 0 ||
       setresuid(65534, 65534, 65534) != 0))
    _exit(1);
  setrlimit(RLIMIT_NPROC, &none);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) _exit(1);
}

[[noreturn]] void converse(int records) {
  confine();
  floors::say("+OK <1.1@floor>\r\n");
  Record record;
  for (char octet = 0; read(0, &octet, 1) == 1;) {
    if (record.length == sizeof record.bytes) break;
    record.bytes[record.length++] = octet;
    if (octet != '\n') continue;
    if (record.bytes[0] == 'P') {
      (void)!write(records, record.bytes, record.length);
      break;
    }
    floors::say("+OK \r\n");
    record.length = 0;
  }
  for (;;) syscall(SYS_exit, 0);
}

void hear_dialogue(Record& record) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) _exit(1);
  const pid_t dialogue = fork();
  if (dialogue == 0) converse(ends[1]);
  close(ends[1]);
  const ssize_t got = read(ends[0], record.bytes, sizeof record.bytes);
  if (got <= 0) _exit(1);
  record.length = static_cast<size_t>(got);
  waitpid(dialogue, nullptr, 0);
  close(ends[0]);
}

int run_checker(char** checker, const Record& record) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return 1;
  if (write(ends[1], record.bytes, record.length) < 0) return 1;
  close(ends[1]);
  const pid_t child = vfork();
  if (child == 0) {
    if (ends[0] == 3)
      fcntl(3, F_SETFD, 0);
    else
      dup2(ends[0], 3);
    execv(checker[0], checker);
    _exit(1);
  }
  close(ends[0]);
  int status = 0;
  return waitpid(child, &status, 0) == child ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  if (*argv[1] != '-') accept_connections(atoi(argv[1]));
  Record record;
  hear_dialogue(record);
  return run_checker(argv + 2, record);
}
