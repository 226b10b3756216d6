// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// Pure; called by root.
namespace checkpw {

// The most that checkpw spends on one hash.  A setting that costs more is
// damaged, or is meant to exhaust the machine.
constexpr uint64_t kMostHashMemory = 257UL << 20;  // bytes; 1 MiB for buffers
constexpr uint64_t kMostHashTime = 5'000'000'000;  // nanoseconds
// A hash that is computed for an unknown user takes at most this many times as
// long as one of crypt(3)'s preferred method.
constexpr uint64_t kMostDummyFactor = 4;

// The memory and time that a hash costs, read from its setting.
struct HashCost {
  uint64_t memory = 0;  // bytes; 0 for methods that need little
  // Nanoseconds with the longest password, roughly, on a processor of about
  // 2020.
  uint64_t time = 0;
};

// Reads the cost of a setting, which may be a whole hash.  nullopt: the method
// or its parameters are not understood.  Values too large for 64 bits become
// UINT64_MAX.
std::optional<HashCost> hash_cost(std::string_view setting);

// False if setting is not understood, or costs more than the limits above.
bool is_affordable(std::string_view setting);

}  // namespace checkpw
