// SPDX-License-Identifier: ISC
// Runs as root: counts, and reads nothing from the network.
#include "popup/loop/sources.h"

#include <algorithm>

namespace popup {

Sources::Sources(const Limits& limits) : limits_(limits) {
  sources_.reserve(limits.connections + kRemembered);
  remembered_.reserve(kRemembered);
}

Sources::Share Sources::add(const lib::Address& client, int64_t now_ms) {
  forget(std::ranges::upper_bound(remembered_, now_ms, {},
                                  &Remembered::counts_until_ms));
  const lib::Address address = lib::source_of(client);
  auto source = position_of(address);
  if (source == sources_.end() || source->address != address)
    source = sources_.insert(source, Source{.address = address});
  else if (source->counted >= limits_.per_source)
    return {source->counted, &source->refusals};
  return {++source->counted, nullptr};
}

void Sources::remove(const lib::Address& client, int64_t started_ms,
                     int64_t now_ms) {
  const int64_t counts_until_ms = started_ms + limits_.min_delay_ms;
  if (counts_until_ms <= now_ms) return release(client);
  if (remembered_.size() == kRemembered) forget(remembered_.begin() + 1);
  remembered_.insert(std::ranges::upper_bound(remembered_, counts_until_ms, {},
                                              &Remembered::counts_until_ms),
                     Remembered{counts_until_ms, client});
}

Sources::Vector<Sources::Source>::iterator Sources::position_of(
    const lib::Address& source) {
  return std::ranges::lower_bound(
      sources_, source.bytes, {},
      [](const Source& each) -> const auto& { return each.address.bytes; });
}

// One connection fewer counts for the client's source.
void Sources::release(const lib::Address& client) {
  const auto source = position_of(lib::source_of(client));
  if (--source->counted == 0) sources_.erase(source);
}

// Forgets the remembered connections before end.
void Sources::forget(Vector<Remembered>::iterator end) {
  for (auto each = remembered_.begin(); each != end; ++each)
    release(each->client);
  remembered_.erase(remembered_.begin(), end);
}

}  // namespace popup
