// SPDX-License-Identifier: ISC
// Runs as root: decides when a checker may start.
//
// --checkers limits how many checkers run, because each may compute an
// expensive hash.  A checker holds a place until its server announces itself,
// until it ends, or until it is seen to be no checker any more.  Logins without
// a place wait in order; those whose source has no checker yet go first, so
// that a flood from one source does not starve the others.
//
// A login also waits while its user's checkers could use up what --per-user
// allows.  Only their end tells whether this login is one too many.
#include <unistd.h>

#include <algorithm>

#include "popup/broker/started_program.h"
#include "popup/loop/loop.h"

namespace popup {
namespace {

// A server without a status byte never says that its place is free.  While
// logins wait, look this often whether the process is still a checker.
constexpr int64_t kLookMs = 200;

// FNV-1a.  Logins with the same hash would share the limit of --per-user.
uint64_t hash_of(std::string_view login) {
  uint64_t hash = 14695981039346656037U;
  for (const char c : login)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

}  // namespace

// Watches the client, which may leave while it waits for a place.
void Loop::seek_place(uint32_t at) {
  if (options_ == nullptr) return start_checker(at);
  Login& login = logins_[at];
  login.user_hash = hash_of(login.connection.login());
  const auto client = lib::parse_address(login.connection.client().ip.view());
  waiting_.push_back({at, logins_.generation(at),
                      client ? lib::source_of(*client) : lib::Address(), 0});
  watch(login.output, 0, Watched::Client, at);
}

// True if the login had a place until now.
bool Loop::release_place(uint32_t at) {
  const auto is_it = [at](const Place& each) { return each.at == at; };
  std::erase_if(unannounced_, is_it);
  return std::erase_if(places_, is_it) != 0;
}

// A session begins, and has given up its place.
void Loop::count_session(uint64_t user_hash) {
  for (Place& each : places_)
    if (logins_[each.at].user_hash == user_hash) ++each.sessions;
}

void Loop::fill_places() {
  if (waiting_.empty()) return;
  std::erase_if(waiting_, [this](const Place& each) {
    return !logins_.holds(each.at, each.generation) ||
           !logins_[each.at].connection.awaits_checker();
  });
  const bool looks = now_ms_ >= next_look_at_places_ms_;
  if (looks) {
    const auto end = places_.end();
    const auto servers =
        std::partition(places_.begin(), end, [this](const Place& each) {
          return still_runs(logins_[each.at].checker.process(), policy_.checker,
                            getuid());
        });
    for (auto each = servers; each != end; ++each)
      count_session(logins_[each->at].user_hash);
    unannounced_.insert(unannounced_.end(), servers, end);
    places_.erase(servers, end);
  }
  while (places_.size() < options_->checkers) {
    const auto next = next_waiting();
    if (next == waiting_.end()) break;
    const uint32_t at = next->at;
    Login& login = logins_[at];
    next->sessions = sessions_of(login.user_hash);
    login.is_to_be_refused = next->sessions >= options_->per_user;
    places_.push_back(*next);
    waiting_.erase(next);
    log_for(login.sid);
    unwatch_client(login);
    start_checker(at);
    advance(at);
  }
  // Other events must not put off a look that is due.
  if (waiting_.empty())
    next_look_at_places_ms_ = INT64_MAX;
  else if (looks || next_look_at_places_ms_ == INT64_MAX)
    next_look_at_places_ms_ = now_ms_ + kLookMs;
}

// The login that gets the next place; end() if none may have it now.
std::vector<Loop::Place>::iterator Loop::next_waiting() {
  auto next = waiting_.end();
  for (auto each = waiting_.begin(); each != waiting_.end(); ++each) {
    if (may_reach_limit(logins_[each->at].user_hash)) continue;
    if (std::ranges::find(places_, each->source, &Place::source) ==
        places_.end())
      return each;
    if (next == waiting_.end()) next = each;
  }
  return next;
}

// True if the checkers of this user that run could bring it to --per-user.
bool Loop::may_reach_limit(uint64_t user_hash) {
  unsigned checkers = 0;
  unsigned sessions = 0;
  for (const Place& each : places_) {
    const Login& login = logins_[each.at];
    if (login.user_hash != user_hash || login.is_to_be_refused) continue;
    ++checkers;
    sessions = std::max(sessions, each.sessions);
  }
  return checkers != 0 && sessions + checkers >= options_->per_user;
}

unsigned Loop::sessions_of(uint64_t user_hash) {
  auto count = static_cast<unsigned>(
      std::ranges::count_if(unannounced_, [&](const Place& each) {
        return logins_[each.at].user_hash == user_hash;
      }));
  sessions_.for_each([&](uint32_t at) {
    if (sessions_[at].user_hash == user_hash) ++count;
  });
  return count;
}

}  // namespace popup
