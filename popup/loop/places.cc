// SPDX-License-Identifier: ISC
// Runs as root: decides when a checker may start.
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

// A server that sends no status byte does not say that it no longer needs its
// place.  While logins wait, we look this often whether it is still a checker.
constexpr int64_t kLookMs = 200;

}  // namespace

// Watches the client, which may leave while it waits for a place.
void Loop::seek_place(uint32_t at) {
  if (options_ == nullptr) return start_checker(at);
  const Login& login = logins_[at];
  const auto client = lib::parse_address(login.connection.client().ip.view());
  waiting_.push_back({at, logins_.generation(at),
                      client ? lib::source_of(*client) : lib::Address()});
  watch(login.output, 0, Watched::Client, at);
}

void Loop::release_place(uint32_t at) {
  std::erase_if(places_, [at](const Place& each) { return each.at == at; });
}

void Loop::fill_places() {
  if (waiting_.empty()) return;
  std::erase_if(waiting_, [this](const Place& each) {
    return !logins_.holds(each.at, each.generation) ||
           !logins_[each.at].connection.awaits_checker();
  });
  const bool looks = now_ms_ >= next_look_at_places_ms_;
  if (looks && places_.size() >= options_->checkers)
    std::erase_if(places_, [this](const Place& each) {
      return !still_runs(logins_[each.at].checker.process(), policy_.checker,
                         getuid());
    });
  while (!waiting_.empty() && places_.size() < options_->checkers) {
    auto next = std::ranges::find_if(waiting_, [this](const Place& each) {
      return std::ranges::find(places_, each.source, &Place::source) ==
             places_.end();
    });
    if (next == waiting_.end()) next = waiting_.begin();
    const uint32_t at = next->at;
    places_.push_back(*next);
    waiting_.erase(next);
    log_for(logins_[at].sid);
    unwatch_client(logins_[at]);
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
