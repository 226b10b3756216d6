// SPDX-License-Identifier: ISC
// Runs as root: counts, and reads nothing from the network.
#include "popup/listener/sessions.h"

#include <algorithm>

namespace popup {

Sessions::Sessions(const Limits& limits) : limits_(limits) {
  running_.reserve(limits.sessions);
  sources_.reserve(limits.sessions + kRemembered);
  remembered_.reserve(kRemembered);
}

Sessions::Share Sessions::share_of(const lib::Address& client, int64_t now_ms) {
  forget(std::ranges::upper_bound(remembered_, now_ms, {},
                                  &Remembered::counts_until_ms));
  const lib::Address address = lib::source_of(client);
  const auto source = place_of(address);
  if (source == sources_.end() || source->address != address) return {};
  const bool full = source->counted >= limits_.per_source;
  return {source->counted, full ? &source->refusals : nullptr};
}

void Sessions::started(pid_t pid, int64_t now_ms) {
  running_.insert(place_of(pid), Session{pid, now_ms, std::nullopt});
}

std::optional<Sessions::Share> Sessions::attribute(pid_t pid,
                                                   const lib::Address& client,
                                                   int64_t now_ms) {
  const auto session = find(pid);
  if (session == running_.end()) return std::nullopt;
  Share share = share_of(client, now_ms);
  const lib::Address address = lib::source_of(client);
  if (session->client && lib::source_of(*session->client) == address) {
    session->client = client;
    return Share{share.counted};
  }
  if (share.is_full()) return share;
  if (session->client) release(*session->client);
  session->client = client;
  auto source = place_of(address);
  if (source == sources_.end() || source->address != address)
    source = sources_.insert(source, Source{.address = address});
  return Share{++source->counted};
}

std::optional<Sessions::Session> Sessions::ended(pid_t pid, int64_t now_ms) {
  const auto place = find(pid);
  if (place == running_.end()) return std::nullopt;
  const Session session = *place;
  running_.erase(place);
  if (!session.client) return session;
  const int64_t counts_until_ms = session.started_ms + limits_.min_delay_ms;
  if (counts_until_ms <= now_ms) {
    release(*session.client);
    return session;
  }
  if (remembered_.size() == kRemembered) forget(remembered_.begin() + 1);
  remembered_.insert(std::ranges::upper_bound(remembered_, counts_until_ms, {},
                                              &Remembered::counts_until_ms),
                     Remembered{counts_until_ms, *session.client});
  return session;
}

Sessions::Vector<Sessions::Session>::iterator Sessions::place_of(pid_t pid) {
  return std::ranges::lower_bound(running_, pid, {}, &Session::pid);
}

Sessions::Vector<Sessions::Source>::iterator Sessions::place_of(
    const lib::Address& source) {
  return std::ranges::lower_bound(
      sources_, source.bytes, {},
      [](const Source& each) -> const auto& { return each.address.bytes; });
}

Sessions::Vector<Sessions::Session>::iterator Sessions::find(pid_t pid) {
  const auto place = place_of(pid);
  return place != running_.end() && place->pid == pid ? place : running_.end();
}

// One session fewer counts for the client's source.
void Sessions::release(const lib::Address& client) {
  const auto source = place_of(lib::source_of(client));
  if (--source->counted == 0) sources_.erase(source);
}

// Forgets the remembered sessions before end.
void Sessions::forget(Vector<Remembered>::iterator end) {
  for (auto each = remembered_.begin(); each != end; ++each)
    release(each->client);
  remembered_.erase(remembered_.begin(), end);
}

}  // namespace popup
