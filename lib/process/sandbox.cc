// SPDX-License-Identifier: ISC
// Never runs as root: the session calls it.
#include "lib/process/sandbox.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "lib/io/unique_fd.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

namespace lib {
namespace {

// From landlock(7).  Defined here because the kernel headers may be older than
// the kernel that runs the program.
struct RulesetAttribute {
  uint64_t handled_access_fs = 0;
  uint64_t handled_access_net = 0;  // from ABI 4
  uint64_t scoped = 0;              // from ABI 6
};
struct __attribute__((packed)) PathBeneath {
  uint64_t allowed_access;
  int32_t parent_fd;
};
constexpr unsigned kAskVersion = 1;
constexpr int kRulePathBeneath = 1;

constexpr uint64_t bit(unsigned number) {
  return uint64_t{1} << number;
}
constexpr uint64_t kWriteFile = bit(1);
constexpr uint64_t kReadFile = bit(2);
constexpr uint64_t kReadDirectory = bit(3);
constexpr uint64_t kRemoveFile = bit(5);
constexpr uint64_t kMakeRegular = bit(8);
constexpr uint64_t kRefer = bit(13);
constexpr uint64_t kAllowed = kWriteFile | kReadFile | kReadDirectory |
                              kRemoveFile | kMakeRegular | kRefer;
constexpr uint64_t kUpToAbi2 = bit(14) - 1;
constexpr uint64_t kTruncate = bit(14);       // ABI 3
constexpr uint64_t kIoctlOnDevice = bit(15);  // ABI 5
constexpr uint64_t kTcp = bit(0) | bit(1);
constexpr uint64_t kAbstractSocketsAndSignals = bit(0) | bit(1);

RulesetAttribute everything_of(long abi) {
  RulesetAttribute all{.handled_access_fs = kUpToAbi2};
  if (abi >= 3) all.handled_access_fs |= kTruncate;
  if (abi >= 4) all.handled_access_net = kTcp;
  if (abi >= 5) all.handled_access_fs |= kIoctlOnDevice;
  if (abi >= 6) all.scoped = kAbstractSocketsAndSignals;
  return all;
}

Status restrict(std::span<const int> directories) {
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
  if (abi < 2) return Error{"use Landlock", abi < 0 ? errno : ENOSYS};
  const RulesetAttribute all = everything_of(abi);
  const size_t size = abi >= 6 ? sizeof all : abi >= 4 ? 16 : 8;
  const UniqueFd ruleset(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &all, size, 0)));
  if (!ruleset.valid()) return Error::from_errno("make a Landlock ruleset");
  // Every open asks for this right.  Without a rule that grants it, the kernel
  // searches each directory up to the root: 20,000 RETR take 70 ms of processor
  // time with the rule, 75 ms without.  A program that may write and remove
  // gains nothing by the right.
  const uint64_t truncate = all.handled_access_fs & kTruncate;
  for (const int directory : directories) {
    const PathBeneath rule{kAllowed | truncate, directory};
    if (syscall(SYS_landlock_add_rule, ruleset.get(), kRulePathBeneath, &rule,
                0) != 0)
      return Error::from_errno("add a Landlock rule");
  }
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
    return Error::from_errno("enforce Landlock");
  return {};
}

}  // namespace

Status confine_to(std::span<const int> directories) {
#ifdef POPCHAIN_SANITIZED
  (void)directories;
  (void)restrict;
  return {};
#else
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return Error::from_errno("forbid new privileges");
  return restrict(directories);
#endif
}

}  // namespace lib
