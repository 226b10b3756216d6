// SPDX-License-Identifier: ISC
// Runs as root: pure.
#include "popup/listener/sessions.h"

#include <bit>
#include <cstring>
#include <utility>

namespace popup {
namespace {

// One more than can be used: number 0 is "none".
size_t record_count(const Sessions::Limits& limits) {
  return limits.sessions + Sessions::kRemembered + 1;
}

size_t chain_count(const Sessions::Limits& limits) {
  return std::bit_ceil(record_count(limits) / 2);
}

// The next count Ts of memory, which is zero and aligned for either record.
template <typename T>
std::span<T> cut(std::byte*& memory, size_t count) {
  auto* first = reinterpret_cast<T*>(memory);
  memory += count * sizeof(T);
  return {first, count};
}

uint64_t hash_pid(pid_t pid) {
  return static_cast<uint64_t>(pid) * 0x9e3779b97f4a7c15U;
}

}  // namespace

size_t Sessions::memory_size(const Limits& limits) {
  return record_count(limits) * (sizeof(Session) + sizeof(Source)) +
         sizeof(Source) + 2 * chain_count(limits) * sizeof(uint32_t);
}

Sessions::Parts Sessions::divide(const Limits& limits, std::byte* memory) {
  const size_t records = record_count(limits);
  const size_t chains = chain_count(limits);
  Parts parts;
  parts.sessions = cut<Session>(memory, records);
  // One source more: a session that changes its source may hold two.
  parts.sources = cut<Source>(memory, records + 1);
  parts.by_pid = cut<uint32_t>(memory, chains);
  parts.by_address = cut<uint32_t>(memory, chains);
  return parts;
}

Sessions::Sessions(const Limits& limits, std::span<std::byte> memory,
                   uint64_t key)
    : Sessions(limits, divide(limits, memory.data()), key) {}

Sessions::Sessions(const Limits& limits, const Parts& parts, uint64_t key)
    : limits_(limits),
      sessions_(parts.sessions, parts.by_pid),
      sources_(parts.sources, parts.by_address),
      key_(key | 1U) {}

std::optional<Sessions::Id> Sessions::open(int64_t now_ms) {
  forget_old(now_ms);
  if (running_ >= limits_.sessions) return std::nullopt;
  Id session = sessions_.take();
  // With every record taken and so few of them running, an old one is over.
  while (session == 0) {
    age_oldest();
    session = sessions_.take();
  }
  ++running_;
  return session;
}

Sessions::Share Sessions::attribute(Id session, const lib::Address& client,
                                    int64_t now_ms) {
  forget_old(now_ms);
  Session& record = sessions_[session];
  const uint32_t number = source_number(lib::source_of(client));
  Source& source = sources_[number];
  const bool same = record.source == number;
  if (!same && source.counted >= limits_.per_source)
    return {false, source.counted, source.refusals};
  if (!same) {
    leave_source(session);
    record.source = number;
    ++source.counted;
  }
  record.client = client;
  return {true, source.counted, source.refusals};
}

void Sessions::started(Id session, pid_t pid, int64_t now_ms) {
  Session& record = sessions_[session];
  record.pid = pid;
  record.started_ms = now_ms;
  sessions_.link(session, hash_pid(pid));
  if (limits_.min_delay_ms == 0) return;
  record.young = true;
  (oldest_young_ == 0 ? oldest_young_ : sessions_[newest_young_].next_young) =
      session;
  newest_young_ = session;
}

void Sessions::cancel(Id session) {
  --running_;
  release(session);
}

std::optional<Sessions::Closed> Sessions::closed(pid_t pid, int64_t now_ms) {
  const Id session = find(pid);
  if (session == 0) return std::nullopt;
  Session& record = sessions_[session];
  Closed closed{.duration_ms = now_ms - record.started_ms};
  if (record.source != 0) closed.client = record.client;
  sessions_.unlink(session, hash_pid(pid));
  record.pid = 0;
  --running_;
  if (!record.young) release(session);
  return closed;
}

Sessions::Id Sessions::find(pid_t pid) {
  return sessions_.find(hash_pid(pid), [pid](const Session& session) {
    return session.pid == pid;
  });
}

void Sessions::forget_old(int64_t now_ms) {
  while (oldest_young_ != 0 &&
         sessions_[oldest_young_].started_ms + limits_.min_delay_ms <= now_ms)
    age_oldest();
}

void Sessions::age_oldest() {
  const Id session = oldest_young_;
  Session& record = sessions_[session];
  oldest_young_ = record.next_young;
  record.young = false;
  if (record.pid == 0) release(session);
}

void Sessions::release(Id session) {
  leave_source(session);
  sessions_.give_back(session);
}

void Sessions::leave_source(Id session) {
  const uint32_t number = std::exchange(sessions_[session].source, 0);
  if (number == 0) return;
  Source& source = sources_[number];
  if (--source.counted != 0) return;
  sources_.unlink(number, hash_source(source.address));
  sources_.give_back(number);
}

uint32_t Sessions::source_number(const lib::Address& address) {
  const uint64_t hashed = hash_source(address);
  uint32_t number = sources_.find(
      hashed, [&](const Source& source) { return source.address == address; });
  if (number != 0) return number;
  number = sources_.take();
  sources_[number].address = address;
  sources_.link(number, hashed);
  return number;
}

uint64_t Sessions::hash_source(const lib::Address& address) const {
  uint64_t high = 0;
  uint64_t low = 0;
  memcpy(&high, address.bytes.data(), sizeof high);
  memcpy(&low, address.bytes.data() + sizeof high, sizeof low);
  return ((high * key_) ^ std::rotl(low, 32)) * key_;
}

}  // namespace popup
