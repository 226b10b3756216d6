// SPDX-License-Identifier: ISC
#include "maildir-pop3d/status_byte.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <string_view>

#include "lib/io/io.h"
#include "lib/process/environment.h"
#include "lib/text/text.h"

namespace pop3d {

StatusByte StatusByte::from_environment() {
  StatusByte status;
  const char* const value = getenv("POPUP_STATUSFD");
  if (value == nullptr) return status;
  const auto number = lib::parse_number(value, INT_MAX);
  lib::unset_variable("POPUP_STATUSFD");
  if (!number || *number <= STDERR_FILENO) return status;
  const int fd = static_cast<int>(*number);
  struct stat file {};
  if (fstat(fd, &file) != 0 || !S_ISFIFO(file.st_mode)) return status;
  (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
  status.fd_.reset(fd);
  return status;
}

bool StatusByte::asks_to_refuse() const {
  const char* const in_use = getenv("POPUP_IN_USE");
  return is_awaited() && in_use != nullptr && std::string_view(in_use) == "1";
}

void StatusByte::send(char byte) {
  if (!is_awaited()) return;
  sent_ = true;
  // It does not matter if the reader is gone, or does not read.
  (void)lib::write_all(fd_.get(), {&byte, 1}, lib::Deadline::in_seconds(1));
}

// Waits for POLLERR, which poll always reports: nobody has the pipe open for
// reading any more.
bool StatusByte::wait_for_login_line(int seconds) const {
  if (!sent_) return true;
  const auto deadline = lib::Deadline::in_seconds(seconds);
  pollfd pipe{.fd = fd_.get(), .events = 0, .revents = 0};
  for (;;) {
    if (poll(&pipe, 1, deadline.poll_timeout()) > 0) return true;
    if (deadline.passed()) return false;
  }
}

}  // namespace pop3d
