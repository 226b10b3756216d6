// SPDX-License-Identifier: ISC
#include "maildir-pop3d/system_calls.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <vector>

#include "lib/call_filter.h"

namespace pop3d {

#ifdef POPCHAIN_SANITIZED

lib::Status forbid_other_system_calls(bool) {
  return lib::Error{"filter system calls: this build has sanitizers", 0};
}

#elif __SIZEOF_LONG__ < 8

// Where longs have 32 bits other calls are made, and lib/call_filter.h knows
// no such architecture.
lib::Status forbid_other_system_calls(bool) {
  return lib::Error{"filter system calls on this architecture", ENOSYS};
}

#else

namespace {

using lib::AllowedCall;

// Memory that could be written and run would be a way in.
constexpr unsigned kProtection = 2;
constexpr AllowedCall unless_executable(long number) {
  return {number, kProtection, PROT_EXEC, 0};
}
constexpr AllowedCall only_with(long number, unsigned argument, int value) {
  return {number, argument, ~0U, static_cast<uint32_t>(value)};
}

// What this process asks for, by whichever call the C library at hand has for
// it (musl, glibc) on whichever architecture.  No file by its whole path: the
// directories are open.
constexpr std::array kCalls{
    // The client, the helper of XTND XMIT, the log.
    AllowedCall{SYS_recvfrom},
    AllowedCall{SYS_sendto},
#ifdef SYS_poll
    AllowedCall{SYS_poll},
#endif
    AllowedCall{SYS_ppoll},
    AllowedCall{SYS_read},
    AllowedCall{SYS_write},
    AllowedCall{SYS_sendmsg},
    AllowedCall{SYS_setsockopt},
    AllowedCall{SYS_shutdown},
    only_with(SYS_ioctl, 1, TIOCOUTQ),

    // Messages, directories, indexes.
    AllowedCall{SYS_pread64},
    AllowedCall{SYS_openat},
    AllowedCall{SYS_close},
    AllowedCall{SYS_fstat},
    AllowedCall{SYS_newfstatat},
    AllowedCall{SYS_statx},
    AllowedCall{SYS_lseek},
    AllowedCall{SYS_getdents64},
    AllowedCall{SYS_fstatfs},
    AllowedCall{SYS_pwrite64},
    AllowedCall{SYS_unlinkat},
#ifdef SYS_renameat
    AllowedCall{SYS_renameat},
#endif
    AllowedCall{SYS_renameat2},
    AllowedCall{SYS_linkat},
    AllowedCall{SYS_faccessat},
#ifdef SYS_faccessat2
    AllowedCall{SYS_faccessat2},
#endif
    AllowedCall{SYS_flock},

    // Memory.
    AllowedCall{SYS_brk},
    unless_executable(SYS_mmap),
    unless_executable(SYS_mprotect),
    AllowedCall{SYS_munmap},
    AllowedCall{SYS_mremap},
    AllowedCall{SYS_madvise},

    // Time, where the kernel does not tell it without a call.
    AllowedCall{SYS_clock_gettime},
    AllowedCall{SYS_gettimeofday},
#ifdef SYS_time
    AllowedCall{SYS_time},
#endif
    AllowedCall{SYS_nanosleep},
    AllowedCall{SYS_clock_nanosleep},

    // The process itself.
    AllowedCall{SYS_getpid},
    AllowedCall{SYS_geteuid},
    AllowedCall{SYS_getrandom},
    AllowedCall{SYS_futex},
    AllowedCall{SYS_rt_sigaction},
    AllowedCall{SYS_rt_sigprocmask},
    AllowedCall{SYS_rt_sigreturn},
    AllowedCall{SYS_restart_syscall},
    AllowedCall{SYS_exit},
    AllowedCall{SYS_exit_group},
};

// syslog(3) connects anew, glibc's by a new socket, where its server has gone.
constexpr std::array kSyslogCalls{
    only_with(SYS_socket, 0, AF_UNIX),
    AllowedCall{SYS_connect},
};

}  // namespace

lib::Status forbid_other_system_calls(bool syslog) {
  std::vector<AllowedCall> calls(kCalls.begin(), kCalls.end());
  if (syslog)
    calls.insert(calls.end(), kSyslogCalls.begin(), kSyslogCalls.end());
  return lib::allow_only(calls);
}

#endif

}  // namespace pop3d
