// SPDX-License-Identifier: ISC
// May run as root (popup).
#include "lib/process/call_filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <initializer_list>

namespace lib {
namespace {

// Only little-endian architectures: a test reads the first half of an argument.
#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
constexpr unsigned kForeignBit = 0x40000000;  // set in the numbers of x32
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
constexpr unsigned kForeignBit = 0;
#elif defined(__riscv) && __riscv_xlen == 64
constexpr unsigned kArchitecture = AUDIT_ARCH_RISCV64;
constexpr unsigned kForeignBit = 0;
#else
constexpr unsigned kArchitecture = 0;
constexpr unsigned kForeignBit = 0;
#endif

constexpr size_t kNumber = offsetof(seccomp_data, nr);

constexpr sock_filter load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
}
constexpr sock_filter finish(unsigned action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}
// Each skips so many instructions if the loaded number is, or is not, value.
constexpr sock_filter if_equal(unsigned value, unsigned char skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip, 0);
}
constexpr sock_filter unless_equal(unsigned value, unsigned skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0,
                  static_cast<unsigned char>(skip));
}
constexpr sock_filter unless_bits(unsigned bits, unsigned char skip) {
  return BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, skip);
}
constexpr size_t argument(unsigned number) {
  return offsetof(seccomp_data, args) + number * sizeof(uint64_t);
}
constexpr unsigned kTestSize = 3;  // load, mask, compare
constexpr sock_filter mask(unsigned bits) {
  return BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits);
}

// Not on the heap, because the filter may forbid the calls that free memory.
class Program {
 public:
  void add(sock_filter instruction) {
    if (size_ < code_.size()) code_[size_] = instruction;
    ++size_;
  }
  void add(std::initializer_list<sock_filter> instructions) {
    for (const sock_filter& instruction : instructions) add(instruction);
  }
  [[nodiscard]] bool overflowed() const { return size_ > code_.size(); }
  [[nodiscard]] sock_fprog get() {
    return {.len = static_cast<unsigned short>(size_), .filter = code_.data()};
  }

 private:
  std::array<sock_filter, 512> code_;
  size_t size_ = 0;
};

// Expects the system call's number in the accumulator, and leaves it there.
void add(Program& program, const AllowedCall& call) {
  const auto number = static_cast<unsigned>(call.number);
  // How many instructions a failed test skips: later tests, and the permission.
  unsigned rest = 1;
  for (const ArgumentTest& test : {call.test, call.second})
    if (test.mask != 0) rest += kTestSize;
  const bool tested = rest > 1;
  program.add(unless_equal(number, tested ? rest + 1 : rest));
  for (const ArgumentTest& test : {call.test, call.second}) {
    if (test.mask == 0) continue;
    rest -= kTestSize;
    program.add({load(argument(test.argument)), mask(test.mask),
                 unless_equal(test.value, rest)});
  }
  program.add(finish(SECCOMP_RET_ALLOW));
  if (tested) program.add(load(kNumber));
}

}  // namespace

Status allow_only(std::span<const AllowedCall> calls) {
  if (kArchitecture == 0)
    return Error{"filter system calls on this architecture", ENOSYS};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return Error::from_errno("forbid new privileges");
  constexpr unsigned kKill = SECCOMP_RET_KILL_PROCESS;
  Program program;
  program.add({load(offsetof(seccomp_data, arch)), if_equal(kArchitecture, 1),
               finish(kKill), load(kNumber), unless_bits(kForeignBit, 1),
               finish(kKill)});
  for (const AllowedCall& call : calls) add(program, call);
  program.add(finish(kKill));
  if (program.overflowed()) return Error{"filter system calls", E2BIG};
  const sock_fprog filter = program.get();
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
    return Error::from_errno("filter system calls");
  return {};
}

}  // namespace lib
