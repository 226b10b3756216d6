// SPDX-License-Identifier: ISC
#pragma once

#include <fcntl.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "canned.h"

// What popup's children do, with nothing in it.
namespace floors {

struct Record {
  char bytes[600];
  size_t length = 0;
};

inline void confine() {
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

// The dialogue: gives up what popup's does, and reads USER and PASS octet by
// octet from 0.  The line with PASS is its record.
[[noreturn]] inline void converse(int records) {
  confine();
  say("+OK <1.1@floor>\r\n");
  Record record;
  for (char octet = 0; read(0, &octet, 1) == 1;) {
    if (record.length == sizeof record.bytes) break;
    record.bytes[record.length++] = octet;
    if (octet != '\n') continue;
    if (record.bytes[0] == 'P') {
      (void)!write(records, record.bytes, record.length);
      break;
    }
    say("+OK \r\n");
    record.length = 0;
  }
  for (;;) syscall(SYS_exit, 0);
}

// Starts the checker by vfork, with the record on descriptor 3 and client on 0
// and 1.  Returns its process, or -1.
inline pid_t start_checker(char** checker, const Record& record, int client) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  if (write(ends[1], record.bytes, record.length) < 0) return -1;
  close(ends[1]);
  const pid_t child = vfork();
  if (child == 0) {
    if (client != 0) {
      dup2(client, 0);
      dup2(client, 1);
    }
    if (ends[0] == 3)
      fcntl(3, F_SETFD, 0);
    else
      dup2(ends[0], 3);
    execv(checker[0], checker);
    _exit(1);
  }
  close(ends[0]);
  return child;
}

}  // namespace floors
