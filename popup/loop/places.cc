// SPDX-License-Identifier: ISC
// Runs as root: counts.
//
// Limits that need to know of all connections of popup -D.  A checker holds one
// of --checkers' places until its server announces itself, or until it ends:
// each may compute an expensive hash.  Logins without a place wait in order;
// those whose source has no checker yet go first, so that a flood from one
// source does not starve the others.
#include <unistd.h>

#include <algorithm>

#include "popup/broker/started_program.h"
#include "popup/loop/loop.h"

namespace popup {
namespace {

// A server that sends no status byte is no checker any more, but nothing tells
// us: while logins wait, we look so often.
constexpr int64_t kLookMs = 200;

}  // namespace

void Loop::seek_place(uint32_t at) {
  if (options_ == nullptr) return start_checker(at);
  waiting_.push_back({at, logins_.generation(at)});
}

void Loop::release_place(Login& login) {
  if (login.holds_place) --places_taken_;
  login.holds_place = false;
}

void Loop::fill_places() {
  const auto has_left = [this](const Waiting& each) {
    return !logins_.holds(each.at, each.generation) ||
           !logins_[each.at].connection.awaits_checker();
  };
  if (waiting_.empty()) return;
  std::erase_if(waiting_, has_left);
  const bool looks = now_ms_ >= next_look_at_places_ms_;
  if (looks && places_taken_ >= options_->checkers)
    logins_.for_each([this](uint32_t at) {
      Login& login = logins_[at];
      if (login.holds_place &&
          !still_runs(login.checker.process(), policy_.checker, getuid()))
        release_place(login);
    });
  const auto source_of = [this](uint32_t at) -> lib::Address {
    const auto client =
        lib::parse_address(logins_[at].connection.client().ip.view());
    return client ? lib::source_of(*client) : lib::Address();
  };
  while (!waiting_.empty() && places_taken_ < options_->checkers) {
    std::vector<lib::Address> served;
    logins_.for_each([&](uint32_t at) {
      if (logins_[at].holds_place) served.push_back(source_of(at));
    });
    auto next = std::ranges::find_if(waiting_, [&](const Waiting& each) {
      return std::ranges::find(served, source_of(each.at)) == served.end();
    });
    if (next == waiting_.end()) next = waiting_.begin();
    const uint32_t at = next->at;
    waiting_.erase(next);
    ++places_taken_;
    logins_[at].holds_place = true;
    speak_for(logins_[at].sid);
    start_checker(at);
    advance(at);
  }
  // Other events must not put off a look that is due.
  if (waiting_.empty())
    next_look_at_places_ms_ = INT64_MAX;
  else if (looks || next_look_at_places_ms_ == INT64_MAX)
    next_look_at_places_ms_ = now_ms_ + kLookMs;
}

bool Loop::has_too_many(uint64_t user_hash) {
  unsigned count = 0;
  sessions_.for_each([&](uint32_t at) {
    if (sessions_[at].user_hash == user_hash) ++count;
  });
  return count >= options_->per_user;
}

}  // namespace popup
