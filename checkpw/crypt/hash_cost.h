// SPDX-License-Identifier: ISC
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// Pure; called by root.
namespace checkpw {

// The most that checkpw spends on one hash.  A setting beyond it is damaged,
// or somebody wants to exhaust the machine.
constexpr uint64_t kMostHashMemory = 257UL << 20;  // bytes; 1 MiB for buffers
constexpr uint64_t kMostHashTime = 5'000'000'000;  // nanoseconds
// A hash that is computed for an unknown user takes at most this many times as
// long as one of crypt(3)'s preferred method.
constexpr uint64_t kMostDummyFactor = 4;

// The memory and time that a hash costs, read from its setting.
struct HashCost {
  uint64_t memory = 0;  // bytes, of the methods that are made to need memory
  // Nanoseconds of a processor of about 2020, roughly, with the longest
  // password.
  uint64_t time = 0;
};

// setting may be a whole hash.  nullopt: the method or its parameters are not
// understood.  Values too large for 64 bits become UINT64_MAX.
std::optional<HashCost> hash_cost(std::string_view setting);

// False for a setting that is not understood, or costs more than the above.
bool is_affordable(std::string_view setting);

}  // namespace checkpw
