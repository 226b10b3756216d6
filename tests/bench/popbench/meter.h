// SPDX-License-Identifier: ISC
#pragma once

#include <string>
#include <vector>

#include "tests/bench/popbench/options.h"

// The CPU time and memory of a server: of all processes in its cgroup (v1
// cpuacct or v2), or, if no cgroup is writable, of the process tree under one
// pid, from /proc and wait4 in steps of 10 ms.
namespace popbench {

struct Memory {
  long pss_kib = 0;
  long private_kib = 0;
  int processes = 0;
  int unreadable = 0;   // processes that this user may not read
  long kernel_kib = 0;  // the machine's slabs, stacks and page tables
};

class Meter {
 public:
  explicit Meter(const Options& options);

  // True if CPU time is known more exactly than in ticks.
  [[nodiscard]] bool fine() const { return !cgroup_.empty(); }
  // CPU seconds so far, user and system; below 0 if there is no source.
  [[nodiscard]] double cpu() const;
  [[nodiscard]] Memory memory() const;
  // The same as soon as the server is idle, using at most 0.2 ms within ms;
  // after ten seconds at the latest.
  [[nodiscard]] double settled_cpu(int ms) const;
  [[nodiscard]] std::vector<int> processes() const;

 private:
  [[nodiscard]] double cgroup_cpu() const;
  [[nodiscard]] double tree_cpu() const;

  std::string cgroup_;
  int pid_;
};

}  // namespace popbench
