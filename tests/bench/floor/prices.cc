// SPDX-License-Identifier: ISC
// What this host takes for what a process costs: a fork, an exec, a page fault
// and a system call.  Prints JSON, in microseconds: each the least of ten
// tries, so that other processes hardly count.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace {

char* program;

double now_us() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) * 1e6 + double(time.tv_nsec) * 1e-3;
}

// A child that ends at once, and its end.
void fork_once() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
}

// The same with this program, which is small and static, started in it.
void exec_once() {
  const pid_t child = vfork();
  if (child == 0) {
    execl(program, program, "end", static_cast<char*>(nullptr));
    _exit(1);
  }
  waitpid(child, nullptr, 0);
}

constexpr size_t kPage = 4096;
constexpr size_t kPages = 1000;
char* memory;

// A page that the process has not touched yet.
void fault_once() {
  static size_t next = kPages;
  if (next == kPages) {
    madvise(memory, kPages * kPage, MADV_DONTNEED);
    next = 0;
  }
  memory[kPage * next++] = 1;
}

void call_once() {
  syscall(SYS_getppid);
}

double price(void (*once)(), int times) {
  double least = 0;
  for (int i = 0; i < 10; ++i) {
    const double begin = now_us();
    for (int j = 0; j < times; ++j) once();
    const double taken = (now_us() - begin) / times;
    if (i == 0 || taken < least) least = taken;
  }
  return least;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) return 0;
  program = argv[0];
  memory =
      static_cast<char*>(mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (memory == MAP_FAILED) return 1;
  madvise(memory, kPages * kPage, MADV_NOHUGEPAGE);
  printf(
      "{\"fork_us\": %.1f, \"exec_us\": %.1f, \"fault_us\": %.3f, "
      "\"call_us\": %.3f}\n",
      price(fork_once, 100), price(exec_once, 100), price(fault_once, kPages),
      price(call_once, 10000));
}
