// SPDX-License-Identifier: ISC
// Runs as root: signals children.
#include "popup/broker/server_process.h"

namespace popup {
namespace {

constexpr int64_t kTerminateMs = 5000;
constexpr int64_t kKillMs = 3000;

}  // namespace

void ServerProcess::begin_session(int64_t now_ms, int64_t limit_ms) {
  limit_ms_ = limit_ms;
  next_look_ms_ = now_ms + ClientWatch::kIntervalMs;
}

bool ServerProcess::deadline_passed(int client, int64_t now_ms) {
  if (now_ms >= step_ms_) {
    if (killed_) return true;
    kill_now(now_ms);
  } else if (now_ms >= limit_ms_) {
    end(EndCause::TooLong, now_ms);
  } else if (now_ms >= next_look_ms_) {
    next_look_ms_ = now_ms + ClientWatch::kIntervalMs;
    if (watch_.is_abandoned(client, process_, now_ms))
      end(EndCause::ClientGone, now_ms);
  }
  return false;
}

void ServerProcess::end(EndCause cause, int64_t now_ms) {
  if (step_ms_ != INT64_MAX) return;
  cause_ = cause;
  limit_ms_ = next_look_ms_ = INT64_MAX;
  step_ms_ = now_ms + kTerminateMs;
  kill(process_, SIGTERM);
  kill(process_, SIGCONT);
}

void ServerProcess::kill_now(int64_t now_ms) {
  killed_ = true;
  limit_ms_ = next_look_ms_ = INT64_MAX;
  step_ms_ = now_ms + kKillMs;
  kill(process_, SIGKILL);
}

Ending ServerProcess::ending(const siginfo_t* info) const {
  if (info == nullptr) return {.alive = true, .cause = cause_};
  return {.by_signal = info->si_code != CLD_EXITED,
          .code = info->si_status,
          .uid = info->si_uid,
          .cause = cause_};
}

}  // namespace popup
