// SPDX-License-Identifier: ISC
#include "lib/process/call_filter.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include "tests/unit/unit.h"

namespace {

using lib::AllowedCall;

// Runs in a child under the filter; false is a failure. A deed is one system
// call, so that no call of a sanitizer comes before it.
using Deed = bool (*)();

constexpr std::array kCalls{
    AllowedCall{SYS_getpid}, AllowedCall{SYS_ioctl, {1, ~0U, TIOCOUTQ}},
    AllowedCall{SYS_ioctl, {1, ~0U, FIONREAD}},
    AllowedCall{SYS_lseek, {2, 2, 0}}, AllowedCall{SYS_exit_group}};

int status_of(std::span<const AllowedCall> calls, Deed deed) {
  const pid_t child = fork();
  if (child == 0) {
    const bool is_in_place = calls.empty() || lib::allow_only(calls).ok();
    syscall(SYS_exit_group, is_in_place ? deed() ? 0 : 2 : 3);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}
bool is_done(Deed deed) {
  return status_of(kCalls, deed) == 0;
}
// True if it succeeds without a filter, on this machine.
bool can_do(Deed deed) {
  return status_of({}, deed) == 0;
}
bool is_killed(Deed deed) {
  const int status = status_of(kCalls, deed);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

bool controls(unsigned long request) {
  int bytes = 0;
  return syscall(SYS_ioctl, -1, request, &bytes) == -1 && errno == EBADF;
}

}  // namespace

TEST(allowed_calls_succeed) {
  CHECK(is_done([] { return syscall(SYS_getpid) > 0; }));
  CHECK(is_done([] { return controls(TIOCOUTQ); }));
  CHECK(is_done([] { return controls(FIONREAD); }));
  CHECK(is_done([] { return syscall(SYS_lseek, -1, 0, 1) == -1; }));
}

TEST(other_calls_and_arguments_kill_the_process) {
  CHECK(is_killed([] { return syscall(SYS_getppid) > 0; }));
  CHECK(is_killed([] { return socket(AF_INET, SOCK_STREAM, 0) >= 0; }));
  CHECK(is_killed([] { return execl("/bin/true", "true", nullptr) == 0; }));
  CHECK(is_killed([] { return controls(TIOCSTI); }));
  CHECK(is_killed([] { return syscall(SYS_lseek, -1, 0, 2) == -1; }));
}

TEST(only_the_low_half_of_an_argument_is_compared) {
  CHECK(is_done([] { return controls((7UL << 32U) | TIOCOUTQ); }));
  CHECK(is_killed([] { return controls((7UL << 32U) | TIOCSTI); }));
}

TEST(call_numbers_of_other_kinds_kill_the_process) {
#if defined(__x86_64__)
  constexpr long kX32 = 0x40000000;
  CHECK(is_killed([] { return syscall(kX32 | SYS_getpid) > 0; }));
  // 20 is getpid for i386, and writev for x86-64.
  constexpr Deed kOfI386 = [] {
    long result = 20;
    asm volatile("int $0x80" : "+a"(result) : : "memory");
    return result > 0;
  };
  if (can_do(kOfI386))
    CHECK(is_killed(kOfI386));
  else
    NOT_SHOWN("system calls of i386: this kernel has none");
#endif
  CHECK(is_killed([] { return syscall(100000) == -1; }));
}

TEST(a_too_long_list_is_an_error_and_changes_nothing) {
  const std::vector<AllowedCall> many(300, AllowedCall{SYS_getpid});
  const int status = status_of(many, [] { return false; });
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}
