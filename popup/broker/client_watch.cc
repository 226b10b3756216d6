// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/client_watch.h"

#include <sys/ioctl.h>

#include <ctime>
#include <optional>
#include <utility>

namespace popup {
namespace {

constexpr int kLongestWorkSeconds = 3600;
// Until something is sent to it, a closed connection looks half closed.
constexpr int kHalfClosedSeconds = 600;

// Nanoseconds; nullopt if the kernel does not report them.
std::optional<int64_t> processor_time_of(pid_t process) {
  clockid_t clock = 0;
  timespec used{};
  if (clock_getcpuclockid(process, &clock) != 0 ||
      clock_gettime(clock, &used) != 0)
    return std::nullopt;
  return lib::nanoseconds(used);
}

}  // namespace

// poll(2) reports POLLHUP and POLLERR unasked.
pollfd ClientWatch::waiting() const {
  return {.fd = state_ == Client::Gone ? -1 : client_,
          .events = static_cast<short>(state_ == Client::Here ? POLLRDHUP : 0),
          .revents = 0};
}

bool ClientWatch::is_abandoned(short events) {
  if (events != 0 && state_ == Client::Here) {
    state_ = Client::HalfClosed;
    processor_ns_ = processor_time_of(server_);
    next_look_ = lib::Deadline::in_seconds(kHalfClosedSeconds);
  }
  if ((events & ~POLLRDHUP) != 0 && state_ != Client::Gone) {
    state_ = Client::Gone;
    processor_ns_ = processor_time_of(server_);
    next_look_ = lib::Deadline::in_seconds(idle_seconds_);
    end_ = lib::Deadline::in_seconds(kLongestWorkSeconds);
  }
  if (end_.passed()) return true;
  if (!next_look_.passed()) return false;
  next_look_ = lib::Deadline::in_seconds(
      state_ == Client::Gone ? idle_seconds_ : kHalfClosedSeconds);
  const auto before = std::exchange(processor_ns_, processor_time_of(server_));
  const bool is_idle = before && processor_ns_ == before;
  int unsent = 0;
  return is_idle && (state_ == Client::Gone ||
                     ioctl(client_, TIOCOUTQ, &unsent) != 0 || unsent <= 0);
}

}  // namespace popup
