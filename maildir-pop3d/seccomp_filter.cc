// SPDX-License-Identifier: ISC
#include "maildir-pop3d/seccomp_filter.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <vector>

#include "lib/process/call_filter.h"

namespace pop3d {

#ifdef POPCHAIN_SANITIZED

lib::Status install_seccomp_filter(bool) {
  return lib::Error{"filter system calls: this build has sanitizers", 0};
}

#elif __SIZEOF_LONG__ < 8

// If a long has 32 bits the C library makes other calls, and
// lib/process/call_filter.h does not know the architecture.
lib::Status install_seccomp_filter(bool) {
  return lib::Error{"filter system calls on this architecture", ENOSYS};
}

#else

namespace {

using lib::AllowedCall;

// Memory that can be written and executed would let an attacker run code.
constexpr unsigned kProtection = 2;
constexpr AllowedCall unless_executable(long number) {
  return {number, {kProtection, PROT_EXEC, 0}};
}
constexpr AllowedCall only_with(long number, unsigned argument, int value) {
  return {number, {argument, ~0U, static_cast<uint32_t>(value)}};
}
// The type of a socket without its flags (SOCK_CLOEXEC, SOCK_NONBLOCK).
constexpr uint32_t kSocketType = 0xf;

// The calls that musl or glibc make for this process on any architecture.  None
// of them needs a whole path, because the directories are open.
constexpr auto kCalls = std::to_array<AllowedCall>({
    // The client, the helper of XTND XMIT, the log.
    {SYS_recvfrom},
    {SYS_sendto},
#ifdef SYS_poll
    {SYS_poll},
#endif
    {SYS_ppoll},
    {SYS_read},
    {SYS_write},
    {SYS_sendmsg},
    {SYS_setsockopt},
    {SYS_shutdown},
    only_with(SYS_ioctl, 1, TIOCOUTQ),

    // Messages, directories, indexes.
    {SYS_pread64},
    {SYS_openat},
    {SYS_close},
    {SYS_fstat},
    {SYS_newfstatat},
    {SYS_statx},
    {SYS_lseek},
    {SYS_getdents64},
    {SYS_fstatfs},
    {SYS_pwrite64},
    {SYS_unlinkat},
#ifdef SYS_renameat
    {SYS_renameat},
#endif
    {SYS_renameat2},
    {SYS_linkat},
    {SYS_flock},

    // Memory.
    {SYS_brk},
    unless_executable(SYS_mmap),
    unless_executable(SYS_mprotect),
    {SYS_munmap},
    {SYS_mremap},
    {SYS_madvise},

    // Time, if the kernel offers no way without a call.
    {SYS_clock_gettime},
    {SYS_gettimeofday},
#ifdef SYS_time
    {SYS_time},
#endif
    {SYS_nanosleep},
    {SYS_clock_nanosleep},

    // The process itself.
    {SYS_getpid},
    {SYS_geteuid},
    {SYS_getcwd},
    {SYS_getrandom},
    {SYS_futex},
    {SYS_rt_sigaction},
    {SYS_rt_sigprocmask},
    {SYS_rt_sigreturn},
    {SYS_signalfd4},
    {SYS_restart_syscall},
    {SYS_exit},
    {SYS_exit_group},
});

// If the syslog server was restarted, lib::Log connects again, by a new socket.
constexpr auto kSyslogCalls = std::to_array<AllowedCall>({
    AllowedCall{SYS_socket, {0, ~0U, AF_UNIX}, {1, kSocketType, SOCK_DGRAM}},
    {SYS_connect},
});

}  // namespace

lib::Status install_seccomp_filter(bool syslog) {
  std::vector<AllowedCall> calls(kCalls.begin(), kCalls.end());
  if (syslog)
    calls.insert(calls.end(), kSyslogCalls.begin(), kSyslogCalls.end());
  return lib::allow_only(calls);
}

#endif

}  // namespace pop3d
