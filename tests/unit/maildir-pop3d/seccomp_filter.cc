// SPDX-License-Identifier: ISC
#include "maildir-pop3d/seccomp_filter.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "lib/process/signals.h"
#include "tests/unit/unit.h"

namespace {

using Deed = void (*)();

#ifndef POPCHAIN_SANITIZED

bool is_killed(Deed deed, bool syslog = false) {
  const pid_t child = fork();
  if (child == 0) {
    if (!pop3d::install_seccomp_filter(syslog).ok()) _exit(1);
    deed();
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(!WIFEXITED(status) || WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

void map(int protection) {
  (void)mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

constexpr int kProgram = PROT_READ | PROT_WRITE | PROT_EXEC;

#endif

}  // namespace

#ifdef POPCHAIN_SANITIZED

TEST(a_build_with_sanitizers_reports_that_it_has_no_filter) {
  CHECK(!pop3d::install_seccomp_filter(false).ok());
  CHECK(getppid() > 0);
}

#else

TEST(a_session_cannot_start_programs_or_processes) {
  CHECK(is_killed([] { execl("/bin/true", "true", nullptr); }));
  CHECK(is_killed([] { syscall(SYS_execveat, -1, "", nullptr, nullptr, 0); }));
  CHECK(is_killed([] { (void)fork(); }));
  CHECK(is_killed([] { (void)ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }));
  CHECK(is_killed([] { (void)kill(getppid(), 0); }));
  CHECK(is_killed([] { syscall(SYS_tgkill, 1, 1, 0); }));
}

TEST(a_session_can_connect_only_to_syslog) {
  constexpr Deed kInternet = [] { (void)socket(AF_INET, SOCK_STREAM, 0); };
  constexpr Deed kLocal = [] { (void)socket(AF_UNIX, SOCK_DGRAM, 0); };
  constexpr Deed kConnect = [] { (void)connect(-1, nullptr, 0); };
  CHECK(is_killed(kInternet));
  CHECK(is_killed(kLocal));
  CHECK(is_killed(kConnect));
  CHECK(is_killed(kInternet, true));
  CHECK(!is_killed(kLocal, true));
  CHECK(!is_killed([] { (void)socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); },
                   true));
  CHECK(is_killed([] { (void)socket(AF_UNIX, SOCK_STREAM, 0); }, true));
  CHECK(is_killed([] { (void)socket(AF_UNIX, SOCK_SEQPACKET, 0); }, true));
  CHECK(is_killed([] { (void)socket(AF_INET, SOCK_DGRAM, 0); }, true));
  CHECK(!is_killed(kConnect, true));
  CHECK(is_killed([] { (void)bind(-1, nullptr, 0); }, true));
}

// The log names the directory, and SIGTERM ends a session.
TEST(a_session_can_find_its_directory_and_await_sigterm) {
  CHECK(!is_killed([] {
    char path[4096];
    if (getcwd(path, sizeof path) == nullptr) _exit(0);
  }));
  CHECK(!is_killed([] { const lib::Termination termination; }));
}

TEST(a_session_gets_no_memory_that_is_writable_and_executable) {
  CHECK(!is_killed([] { map(PROT_READ | PROT_WRITE); }));
  CHECK(is_killed([] { map(kProgram); }));
  CHECK(is_killed([] { (void)mprotect(nullptr, 0, kProgram); }));
}

TEST(a_session_cannot_test_file_permissions) {
  CHECK(is_killed([] { syscall(SYS_faccessat, -1, "x", 0); }));
#ifdef SYS_faccessat2
  CHECK(is_killed([] { syscall(SYS_faccessat2, -1, "x", 0, 0); }));
#endif
}

TEST(a_session_cannot_change_modes_owners_ids_or_directories) {
  CHECK(is_killed([] { syscall(SYS_fchmod, -1, 0777); }));
  CHECK(is_killed([] { syscall(SYS_fchown, -1, 0, 0); }));
  CHECK(is_killed([] { syscall(SYS_chdir, "/"); }));
  CHECK(is_killed([] { syscall(SYS_mkdirat, -1, "x", 0700); }));
  CHECK(is_killed([] { syscall(SYS_symlinkat, "x", -1, "y"); }));
  CHECK(is_killed([] { syscall(SYS_setuid, 0); }));
#ifdef SYS_open
  CHECK(is_killed([] { syscall(SYS_open, "/etc/passwd", O_RDONLY); }));
#endif
}

#endif
