// SPDX-License-Identifier: ISC
#include "tests/bench/popbench/meter.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "lib/io/unique_fd.h"

namespace popbench {

static std::string contents(const std::string& path) {
  const lib::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char piece[16384];
  ssize_t got = 0;
  while (file.valid() && (got = read(file.get(), piece, sizeof piece)) > 0)
    text.append(piece, static_cast<size_t>(got));
  return text;
}

// The number that follows key; 0: the text does not hold key.
static long number_after(const std::string& text, const char* key) {
  const size_t place = text.find(key);
  return place == std::string::npos
             ? 0
             : strtol(text.c_str() + place + strlen(key), nullptr, 10);
}

static std::vector<int> pids_in(const std::string& text) {
  std::vector<int> pids;
  char* rest = nullptr;
  for (const char* at = text.c_str();; at = rest) {
    const long pid = strtol(at, &rest, 10);
    if (rest == at) return pids;
    pids.push_back(static_cast<int>(pid));
  }
}

Meter::Meter(const Options& options)
    : cgroup_(options.cgroup), pid_(options.pid) {}

std::vector<int> Meter::processes() const {
  if (!cgroup_.empty()) return pids_in(contents(cgroup_ + "/cgroup.procs"));
  std::vector<int> all;
  if (pid_ > 0) all.push_back(pid_);
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string pid = std::to_string(all[i]);
    const std::string path =
        std::string("/proc/").append(pid).append("/task/").append(pid);
    for (const int child : pids_in(contents(path + "/children")))
      all.push_back(child);
  }
  return all;
}

double Meter::cgroup_cpu() const {
  const std::string nanoseconds = contents(cgroup_ + "/cpuacct.usage");
  if (!nanoseconds.empty()) return strtod(nanoseconds.c_str(), nullptr) * 1e-9;
  const std::string stat = contents(cgroup_ + "/cpu.stat");
  if (stat.empty()) return -1;
  return static_cast<double>(number_after(stat, "usage_usec ")) * 1e-6;
}

// utime, stime, cutime and cstime are the fields 14 to 17 of proc(5)'s stat;
// the name before them may hold spaces, so counting begins after it.
double Meter::tree_cpu() const {
  long ticks = 0;
  for (const int pid : processes()) {
    const std::string stat = contents("/proc/" + std::to_string(pid) + "/stat");
    size_t at = stat.rfind(')');
    for (int field = 2; field < 14 && at != std::string::npos; ++field)
      at = stat.find(' ', at + 1);
    if (at == std::string::npos) continue;
    char* rest = nullptr;
    const char* times = stat.c_str() + at;
    for (int i = 0; i < 4; ++i, times = rest) ticks += strtol(times, &rest, 10);
  }
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double Meter::cpu() const {
  if (!cgroup_.empty()) return cgroup_cpu();
  return pid_ > 0 ? tree_cpu() : -1;
}

Memory Meter::memory() const {
  Memory sum;
  const std::string machine = contents("/proc/meminfo");
  for (const char* key : {"SUnreclaim:", "KernelStack:", "PageTables:"})
    sum.kernel_kib += number_after(machine, key);
  for (const int pid : processes()) {
    const std::string rollup =
        contents("/proc/" + std::to_string(pid) + "/smaps_rollup");
    if (rollup.empty()) {  // ended, or not readable for us
      if (kill(pid, 0) == 0 || errno == EPERM) ++sum.unreadable;
      continue;
    }
    ++sum.processes;
    sum.pss_kib += number_after(rollup, "\nPss:");
    sum.private_kib += number_after(rollup, "\nPrivate_Clean:") +
                       number_after(rollup, "\nPrivate_Dirty:");
  }
  return sum;
}

double Meter::settled_cpu(int ms) const {
  const double give_up = now() + 10;
  double before = cpu();
  for (;;) {
    pause_ms(ms);
    const double after = cpu();
    if (after - before < 0.0002 || now() > give_up) return after;
    before = after;
  }
}

}  // namespace popbench
