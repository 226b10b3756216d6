// SPDX-License-Identifier: ISC
#pragma once

#include <string>
#include <vector>

#include "tests/bench/popbench/options.h"

// What a server has used: of every process in its cgroup (v1 cpuacct or v2),
// or, where no cgroup is writable, of the process tree under one pid, by
// /proc and the times that wait4 handed up (10 ms steps).
namespace popbench {

struct Memory {
  long pss_kib = 0;
  long private_kib = 0;
  int processes = 0;
  int unreadable = 0;   // processes that another user may not look into
  long kernel_kib = 0;  // the machine's slabs, stacks and page tables
};

class Meter {
 public:
  explicit Meter(const Options& options);

  // Whether CPU is known to less than a tick.
  [[nodiscard]] bool fine() const { return !cgroup_.empty(); }
  // CPU seconds so far, user and system; below 0: nothing to read from.
  [[nodiscard]] double cpu() const;
  [[nodiscard]] Memory memory() const;
  // The same, once the server rests: no more than 0.2 ms of use within ms,
  // after ten seconds at most.
  [[nodiscard]] double settled_cpu(int ms) const;
  [[nodiscard]] std::vector<int> processes() const;

 private:
  [[nodiscard]] double cgroup_cpu() const;
  [[nodiscard]] double tree_cpu() const;

  std::string cgroup_;
  int pid_;
};

}  // namespace popbench
