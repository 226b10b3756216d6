// SPDX-License-Identifier: ISC
// Runs as root: computes only.
#include "popup/loop/penalties.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "popup/loop/table.h"

namespace popup {
namespace {

constexpr int64_t kFirstMs = 1000;
constexpr int64_t kQuietMs = 60'000;

// The last step of splitmix64: each bit of the input changes half of the bits.
uint64_t mix(uint64_t bits) {
  bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
  return bits ^ (bits >> 31U);
}

}  // namespace

Penalties::Penalties(int64_t most_ms, uint64_t seed)
    : most_ms_(most_ms), seed_(seed) {
  if (most_ms != 0)
    sources_ = static_cast<Source*>(
        allocate_unshared(kSets * kInSet * sizeof(Source)));
}

int64_t Penalties::Source::owed_ms(int64_t now_ms) const {
  const int64_t halvings =
      std::min((now_ms - failed_ms) / kQuietMs, int64_t{62});
  const int64_t owed = delay_ms >> halvings;
  return owed < kFirstMs ? 0 : owed;
}

// When owed_ms() becomes 0.
int64_t Penalties::Source::forgotten_ms() const {
  if (delay_ms == 0) return 0;
  const auto halvings =
      std::bit_width(static_cast<uint64_t>(delay_ms / kFirstMs));
  return failed_ms + static_cast<int64_t>(halvings) * kQuietMs;
}

std::span<Penalties::Source> Penalties::set_of(const lib::Address& source) {
  std::array<uint64_t, 2> halves;
  static_assert(sizeof halves == sizeof source.bytes);
  memcpy(halves.data(), source.bytes.data(), sizeof halves);
  const uint64_t hash = mix(mix(seed_ ^ halves[0]) + halves[1]);
  return {sources_ + hash % kSets * kInSet, kInSet};
}

Penalties::Source* Penalties::find(const lib::Address& source) {
  if (sources_ == nullptr) return nullptr;
  for (Source& each : set_of(source))
    if (each.delay_ms != 0 && each.address == source) return &each;
  return nullptr;
}

void Penalties::failed(const lib::Address& client, int64_t now_ms) {
  if (sources_ == nullptr) return;
  const lib::Address address = lib::source_of(client);
  Source* source = find(address);
  const int64_t owed = source == nullptr ? 0 : source->owed_ms(now_ms);
  if (source == nullptr)
    source =
        &*std::ranges::min_element(set_of(address), {}, &Source::forgotten_ms);
  *source = {.address = address,
             .failed_ms = now_ms,
             .delay_ms = std::min(most_ms_, std::max(kFirstMs, 2 * owed))};
}

void Penalties::succeeded(const lib::Address& client) {
  if (Source* const source = find(lib::source_of(client))) *source = {};
}

int64_t Penalties::charge(const lib::Address& client, int64_t now_ms) {
  const Source* const source = find(lib::source_of(client));
  const int64_t owed = source == nullptr ? 0 : source->owed_ms(now_ms);
  if (owed != 0) ++delayed_;
  return owed;
}

size_t Penalties::sources(int64_t now_ms) const {
  if (sources_ == nullptr) return 0;
  return static_cast<size_t>(std::ranges::count_if(
      std::span(sources_, kSets * kInSet), [now_ms](const Source& each) {
        return each.delay_ms != 0 && each.owed_ms(now_ms) != 0;
      }));
}

}  // namespace popup
