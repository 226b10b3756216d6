// SPDX-License-Identifier: ISC
// Runs as root: sheds it.
#include "popup/confinement.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>

#include "lib/privileges.h"
#include "popup/descriptors.h"

namespace popup {
namespace {

using lib::Error;
using lib::Status;

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
constexpr unsigned kArchitecture = AUDIT_ARCH_RISCV64;
#else
constexpr unsigned kArchitecture = 0;  // strict mode alone
#endif

Status shed_root(const Jail& jail) {
  if (geteuid() != 0) return {};
  if (jail.root != nullptr && chroot(jail.root) != 0)
    return Error::from_errno("change the root directory");
  if (jail.root != nullptr && chdir("/") != 0)
    return Error::from_errno("enter the new root directory");
  return lib::become(jail.uid, jail.gid, {});
}

Status set_limits() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  if (setrlimit(RLIMIT_NPROC, &none) != 0)
    return Error::from_errno("forbid new processes");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return Error::from_errno("forbid new privileges");
  lib::forbid_dumps();
  // The broker holds the clock; nobody else would end a client that waits.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
    return Error::from_errno("tie the dialogue to the broker");
  return {};
}

void close_all_but(std::array<int, 2> keep) {
  std::ranges::sort(keep);
  unsigned next = 2;
  for (const int fd : keep) {
    if (fd < 0) continue;
    const auto kept = static_cast<unsigned>(fd);
    if (kept > next) close_from_to(next, kept - 1);
    next = kept + 1;
  }
  close_from_to(next, ~0U);
}

#ifndef POPCHAIN_SANITIZED

constexpr sock_filter load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
}
constexpr sock_filter unless_equal(unsigned value, unsigned char skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip);
}
constexpr sock_filter if_equal(unsigned value, unsigned char skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip, 0);
}
constexpr sock_filter finish(unsigned action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}

// The four calls of strict mode, for where it is refused because a filter
// is in place (containers, hardened units).
Status install_filter() {
  static constexpr std::array<sock_filter, 9> kFilter{
      load(offsetof(seccomp_data, arch)),
      unless_equal(kArchitecture, 5),
      load(offsetof(seccomp_data, nr)),
      if_equal(SYS_read, 4),
      if_equal(SYS_write, 3),
      if_equal(SYS_exit, 2),
      if_equal(SYS_rt_sigreturn, 1),
      finish(SECCOMP_RET_KILL),
      finish(SECCOMP_RET_ALLOW),
  };
  sock_fprog program{.len = kFilter.size(),
                     .filter = const_cast<sock_filter*>(kFilter.data())};
  if (kArchitecture == 0) return Error{"enter strict seccomp"};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    return Error::from_errno("install a seccomp filter");
  return {};
}

Status forbid_system_calls() {
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0) return {};
  return install_filter();
}

#else

// The sanitizers' own calls would be killed.
Status forbid_system_calls() {
  return {};
}

#endif

}  // namespace

Status confine(const Jail& jail, std::array<int, 2> keep) {
  if (Status shed = shed_root(jail); !shed.ok()) return shed;
  if (Status limited = set_limits(); !limited.ok()) return limited;
  close_all_but(keep);
  return forbid_system_calls();
}

}  // namespace popup
