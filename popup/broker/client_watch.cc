// SPDX-License-Identifier: ISC
// Runs as root.
#include "popup/broker/client_watch.h"

#include <poll.h>
#include <sys/ioctl.h>

#include <ctime>
#include <utility>

namespace popup {
namespace {

constexpr int64_t kLongestWorkMs = 3'600'000;
// Until something is sent to it, a closed connection looks half closed.
constexpr int64_t kHalfClosedMs = 600'000;

// Nanoseconds; nullopt if the kernel does not report them.
std::optional<int64_t> processor_time_of(pid_t process) {
  clockid_t clock = 0;
  timespec used{};
  if (clock_getcpuclockid(process, &clock) != 0 ||
      clock_gettime(clock, &used) != 0)
    return std::nullopt;
  return int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

}  // namespace

bool ClientWatch::is_abandoned(int client, pid_t server, int64_t now_ms) {
  pollfd waiting{.fd = client, .events = POLLRDHUP, .revents = 0};
  if (client >= 0) (void)poll(&waiting, 1, 0);
  Client state = waiting.revents == 0 ? Client::Here : Client::HalfClosed;
  if (client < 0 || (waiting.revents & ~POLLRDHUP) != 0) state = Client::Gone;
  const bool changed = state != std::exchange(state_, state);
  if (state == Client::Here) return false;
  if (changed && state == Client::Gone) gone_since_ms_ = now_ms;
  const auto before = std::exchange(processor_ns_, processor_time_of(server));
  int unsent = 0;
  const bool is_idle = !changed && before && processor_ns_ == before &&
                       (state == Client::Gone ||
                        ioctl(client, TIOCOUTQ, &unsent) != 0 || unsent <= 0);
  if (!is_idle) idle_since_ms_ = now_ms;
  if (state == Client::HalfClosed)
    return now_ms - idle_since_ms_ >= kHalfClosedMs;
  return now_ms - idle_since_ms_ >= kIntervalMs ||
         now_ms - gone_since_ms_ >= kLongestWorkMs;
}

}  // namespace popup
