// SPDX-License-Identifier: ISC
// May run as root.
#include "lib/io/io.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace lib {
namespace {

bool wait_for(int fd, short events, Deadline deadline) {
  pollfd waiting{.fd = fd, .events = events, .revents = 0};
  for (;;) {
    const int ready = poll(&waiting, 1, deadline.poll_timeout());
    if (ready > 0) return true;
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0 && !deadline.passed()) continue;
    if (ready == 0) errno = ETIMEDOUT;
    return false;
  }
}

}  // namespace

ssize_t read_some(int fd, std::span<char> into) {
  ssize_t got = 0;
  do {
    got = read(fd, into.data(), into.size());
  } while (got < 0 && errno == EINTR);
  return got;
}

ssize_t read_to_end(int fd, std::span<char> into) {
  size_t have = 0;
  while (have < into.size()) {
    const ssize_t got = read_some(fd, into.subspan(have));
    if (got < 0) return -1;
    if (got == 0) return static_cast<ssize_t>(have);
    have += static_cast<size_t>(got);
  }
  char surplus = 0;
  const ssize_t got = read_some(fd, {&surplus, 1});
  if (got == 0) return static_cast<ssize_t>(have);
  if (got > 0) errno = EMSGSIZE;
  return -1;
}

// Some file systems (FUSE, network) return less than was asked for.
bool read_at(int fd, uint64_t at, std::span<char> into) {
  while (!into.empty()) {
    const ssize_t got =
        pread(fd, into.data(), into.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) errno = 0;
    if (got <= 0) return false;
    at += static_cast<uint64_t>(got);
    into = into.subspan(static_cast<size_t>(got));
  }
  return true;
}

bool write_all(int fd, std::string_view text, Deadline deadline) {
  // A write to a blocking descriptor ignores the deadline, so wait until it is
  // writable.  A writable pipe takes PIPE_BUF (4,096) bytes without blocking,
  // more than any log line has.  Another process that writes between our poll
  // and our write can still make us wait.
  const bool limited = deadline.poll_timeout() >= 0;
  while (!text.empty()) {
    if (limited && !wait_for(fd, POLLOUT, deadline)) return false;
    const ssize_t sent = write(fd, text.data(), text.size());
    if (sent >= 0) {
      text.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_for(fd, POLLOUT, deadline)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool wait_readable(int fd, Deadline deadline) {
  return wait_for(fd, POLLIN, deadline);
}

void fill_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (fcntl(fd, F_GETFD) < 0) (void)open("/dev/null", O_RDWR);
}

void close_from_to(unsigned first, unsigned last) {
  if (first > last) return;
  if (syscall(SYS_close_range, first, last, 0) == 0) return;
  // Kernels before 5.9 have no close_range(2).
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur > 65536)
    files.rlim_cur = 65536;
  for (unsigned fd = first; fd <= last && fd < files.rlim_cur; ++fd)
    close(static_cast<int>(fd));
}

void close_from(unsigned first, std::array<int, 2> kept) {
  std::ranges::sort(kept);
  for (const int fd : kept) {
    const auto at = static_cast<unsigned>(fd);
    if (fd < 0 || at < first) continue;
    if (at > first) close_from_to(first, at - 1);
    first = at + 1;
  }
  close_from_to(first, ~0U);
}

}  // namespace lib
